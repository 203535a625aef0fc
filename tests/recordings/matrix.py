"""Class by class: how many of its changes the owner named first, how many another check, and how many survived."""
import dataclasses
import json
import os
import typing

from judging import SURVIVED, UNDECIDED, judge
from table import EQUIVALENT

GOAL = 0.95  # of what was tried is named by an owner first


@dataclasses.dataclass
class Tally:
    """Of one class. Recordings by what became of its change there; in `others` with the word that was said."""
    property: int
    name: str
    right: typing.List[str] = dataclasses.field(default_factory=list)
    others: typing.Dict[str, str] = dataclasses.field(default_factory=dict)
    survived: typing.List[str] = dataclasses.field(default_factory=list)
    equivalent: typing.Dict[str, str] = dataclasses.field(default_factory=dict)
    nowhere: typing.List[str] = dataclasses.field(default_factory=list)

    def tried(self):
        return len(self.right) + len(self.others) + len(self.survived)

    def holds(self):
        return not self.survived and len(self.right) >= GOAL * self.tried() and bool(self.tried() or self.equivalent)

    def complaint(self):
        """Why it does not hold."""
        said = ['%d of %d survive: %s' % (len(self.survived), self.tried(), ', '.join(self.survived))] if self.survived else []
        if not self.tried() and not self.equivalent:
            return 'no recording has a place for it'
        words = sorted(set(self.others.values()))
        if words:
            said.append('named by ' + ', '.join('%s (%d)' % (word, list(self.others.values()).count(word)) for word in words))
        return '; '.join(said)

    def row(self):
        undecided = list(self.others.values()).count(UNDECIDED)
        return '%2d  %-48s %5d %5d %7d %9d %8d' % (self.property, self.name, self.tried(), len(self.right),
                                                   len(self.others) - undecided, undecided, len(self.survived))


HEAD = '%2s  %-48s %5s %5s %7s %9s %8s' % ('no', 'class', 'tried', 'right', 'another', 'undecided', 'survived')


def measure(caravan, kind, recordings, folder):
    """The tally of a class. The shortest changed recording that survived stays in the folder."""
    tally, shortest = Tally(kind.property, kind.name), None
    for recording in recordings:
        edit = kind.edit(recording)
        if edit is None:
            tally.nowhere.append(recording.name)
            continue
        if (kind.name, recording.name) in EQUIVALENT:
            tally.equivalent[recording.name] = EQUIVALENT[kind.name, recording.name]
            continue
        lines = edit.text()
        word, _ = judge(caravan, lines, folder)
        if word in kind.owners:
            tally.right.append(recording.name)
        elif word != SURVIVED:
            tally.others[recording.name] = word
        else:
            tally.survived.append(recording.name)
            if shortest is None or len(lines) < len(shortest):
                shortest = lines
    path = os.path.join(folder, 'run.ndjson')
    if shortest is not None:
        with open(path, 'w', encoding='utf-8', newline='\n') as file:
            file.write('\n'.join(shortest) + '\n')
    elif os.path.exists(path):
        os.remove(path)
    return tally


def table(tallies, properties):
    """The whole matrix as text, by class and by property, and the list of what survived."""
    def total(number, name, chosen):
        tried = sum(tally.tried() for tally in chosen)
        right = sum(len(tally.right) for tally in chosen)
        undecided = sum(list(tally.others.values()).count(UNDECIDED) for tally in chosen)
        others = sum(len(tally.others) for tally in chosen) - undecided
        return '%2s  %-48s %5d %5d %7d %9d %8d  %3.0f %%' % (
            number, name, tried, right, others, undecided, sum(len(tally.survived) for tally in chosen),
            100.0 * right / tried if tried else 0)

    tallies = sorted(tallies, key=lambda tally: tally.property)
    lines = [HEAD] + [tally.row() for tally in tallies]
    lines += ['', HEAD.replace('%-48s' % 'class', '%-48s' % 'property')]
    for number, name in properties.items():
        lines.append(total(number, name, [tally for tally in tallies if tally.property == number]))
    lines.append(total('', '%d classes' % len(tallies), tallies))
    open_ones = [tally for tally in tallies if not tally.holds()]
    if open_ones:
        lines += ['', 'not so today (%d classes):' % len(open_ones)]
        lines += ['%2d  %s: %s' % (tally.property, tally.name, tally.complaint()) for tally in open_ones]
    marked = [(tally, name, reason) for tally in tallies for name, reason in tally.equivalent.items()]
    if marked:
        lines += ['', 'equivalent:'] + ['%2d  %s, %s: %s' % (tally.property, tally.name, name, reason)
                                        for tally, name, reason in marked]
    return '\n'.join(lines) + '\n'


def keep(tally, path, state):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(dict(dataclasses.asdict(tally), state=state), file)


def kept(path, state):
    """The tally that was kept of this state, or None."""
    try:
        with open(path, encoding='utf-8') as file:
            values = json.load(file)
    except FileNotFoundError:
        return None
    return Tally(**values) if values.pop('state') == state else None
