"""Names of customers who don't exist, for trials and measurements: the same serial gives the same name."""

SURNAMES = (
    *"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎",
    *"余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文",
    *("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "慕容", "令狐", "夏侯"),
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文斌宇浩轩子涵欣怡梓晨雨泽思佳博一诺嘉懿"
)


def name_of(serial: int) -> str:
    """A surname and one or two characters, every combination about as often."""
    rest, surname = divmod(serial * 7_919 + 13, len(SURNAMES))
    rest, first = divmod(rest, len(GIVEN))
    second = rest % (len(GIVEN) + 20)
    return SURNAMES[surname] + GIVEN[first] + GIVEN[second : second + 1]
