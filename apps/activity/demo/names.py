"""What things are called in the demo. Data, not interface: Chinese alone."""

ATTRIBUTES = {"household_size": "家庭人数", "income_band": "年收入"}
CATEGORIES = {
    "AUTOMOTIVE": "汽车用品",
    "CHEF SHOPPE": "现做美食",
    "CNTRL/STORE SUP": "店用物料",
    "COSMETICS": "美妆",
    "COUPON": "促销券品",
    "DELI": "熟食",
    "DRUG GM": "个护百货",
    "ELECT &PLUMBING": "五金电料",
    "FLORAL": "鲜花绿植",
    "FROZEN GROCERY": "冷冻食品",
    "FUEL": "加油",
    "GARDEN CENTER": "园艺",
    "GM MERCH EXP": "百货陈列",
    "GROCERY": "食品杂货",
    "MEAT": "鲜肉",
    "MEAT-PCKGD": "包装肉品",
    "MISCELLANEOUS": "其他商品",
    "NUTRITION": "营养健康",
    "OTHER": "其他",
    "PASTRY": "面包糕点",
    "PHOTO & VIDEO": "影像冲印",
    "POSTAL CENTER": "邮寄服务",
    "PROD-WHS SALES": "批发果蔬",
    "PRODUCE": "果蔬",
    "RESTAURANT": "餐饮",
    "SALAD BAR": "沙拉轻食",
    "SEAFOOD": "水产",
    "SEAFOOD-PCKGD": "包装水产",
    "SPIRITS": "酒水",
    "TOYS": "玩具",
    "TRAVEL & LEISURE": "旅行休闲",
}
CHANNELS = {
    "mini_program": "小程序",
    "official_account": "公众号",
    "store": "门店",
    "pos": "收银系统",
    "till": "收银台",
    "counter": "门店柜台",
}
FRESH = ("果蔬", "鲜肉", "水产", "鲜花绿植")

CITIES = (
    *("上海", "北京", "广州", "深圳", "杭州", "成都", "南京", "武汉", "苏州", "重庆"),
    *("西安", "天津", "长沙", "青岛", "宁波", "厦门", "郑州", "合肥", "无锡", "大连"),
)
AREAS = (
    *("人民广场", "中山路", "解放路", "新华路", "建设路", "和平路", "青年路", "长江路"),
    *("花园路", "友谊路", "东风路", "光明路", "大学城", "火车站", "高新区", "体育中心"),
    *("文化广场", "滨江", "南湖", "北苑", "西城", "东郊", "万象天地", "时代广场"),
)

LOGINS = {  # username: (role, display name, password)
    "clerk": ("clerk", "李晓雯", "laurel-clerk"),
    "manager": ("manager", "陈志远", "laurel-manager"),
    "marketer": ("marketer", "周雨桐", "laurel-marketer"),
    "operations": ("operations", "吴建国", "laurel-operations"),
    "auditor": ("auditor", "郑文静", "laurel-auditor"),
    "admin": ("administrator", "管理员", "laurel-admin"),
}


def store_place(rank: int) -> tuple[str, str]:
    """City and name of the store with the ``rank``-th most purchases."""
    city = CITIES[rank % len(CITIES)]
    return city, f"{city}{AREAS[rank // len(CITIES) % len(AREAS)]}店"
