"""A shop that has been open for a year: real purchases, moved to end today, told in Chinese.

Everything is written by the same services a real shop uses; running it again says it is there, and a run
that was killed is finished by running it again.
"""

from apps.activity.demo import loading, names
from apps.core import demo
from apps.stores import roles

for username, (role, _name, password) in names.LOGINS.items():
    demo.register_login(str(roles.ROLES[role]), username, password)
demo.register_shop("load_demo", loading.is_missing)
