"""Each store of limits is one, for both checkers; those in a database can be swept."""

from sqlalchemy import create_engine

from custaccount.adapters.django.limits import DjangoLimits
from custaccount.adapters.limits import SharedLimits
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, SqlLimits
from custaccount.facilities.limits import Limits, Sweepable
from custaccount.facilities.process_limits import ProcessLimits

storage = SqlAlchemyStorage(create_engine("sqlite://"))

stores: tuple[Limits, ...] = (
    ProcessLimits(),
    SharedLimits.connect("redis://127.0.0.1:6379/0"),
    SqlLimits(storage),
    DjangoLimits(),
)
swept: tuple[Sweepable, ...] = (SqlLimits(storage), DjangoLimits())
