"""Every class of harmful changes, and the benign ones."""
import dataclasses
import random
import typing

from classes import (answers, benign, canaries, casts, clients, consequences, database, deaths, effects, errors, evidence,
                     fields, messages, migrations, pins, rows, services, speakers)

FAMILIES = (database, rows, errors, migrations, effects, consequences, clients, answers, casts, messages, services, pins, fields,
            deaths, canaries, evidence, speakers)

PROPERTIES = {
    1: 'every change was asked for, in time, and holds',
    2: 'a transaction is one moment',
    3: 'a fault excuses what was in hand then',
    4: 'a complaint is excused only by its own cause',
    5: 'after contract nothing is left behind',
    6: 'every acknowledged operation has its effect, once',
    7: 'consequences are owed',
    8: 'what clients are told',
    9: 'what nodes are told',
    10: 'what casts carry',
    11: 'an answer reaches its asker, once, in time',
    12: 'service records',
    13: 'pins',
    14: 'errors have their cause',
    15: 'inside a Json field',
    16: 'times and row stamps',
    17: 'a stale save',
    18: 'writes of the dead',
    19: 'secrets',
    20: 'a rename while contract runs',
    21: 'the recording does not contradict itself',
}


@dataclasses.dataclass(frozen=True)
class Class:
    """What it does to a recording is harmful wherever it finds a place; the first owner ought to say so first.

    The other owners may, for a reason that stands beside them in the family's table.
    """
    property: int
    name: str
    owners: typing.Tuple[str, ...]
    change: typing.Callable

    def edit(self, recording, round=0):
        """The change that this class makes of this recording, always the same; None: no place for it here."""
        return self.change(recording, random.Random('%s|%s|%d' % (self.name, recording.name, round)))


HARMFUL = [Class(*row) for family in FAMILIES for row in family.CLASSES]
BENIGN = [Class(0, name, (), change) for name, change in benign.CLASSES]

# (class, recording): why this change harms nobody. Found by looking at what survived.
EQUIVALENT = {}
