"""Property 21: a recording that contradicts itself, in what no defect of a node or of a database can cause."""
import copy
import uuid

from classes.places import pick
from edit import Edit

OTHER = 'it was something else'


def numbers(change):
    def wrong(recording, chance):
        edit = Edit(recording)
        edit.numbered = False
        return edit if change(recording, chance, edit) else None
    return wrong


def gap(recording, chance, edit):
    """An event is not there; its number is missing."""
    place = pick(chance, [index for index in recording.of('step', 'op', 'deliver') if index < len(recording.events) - 5])
    if place is None:
        return False
    edit.drop(place)
    return True


def twice(recording, chance, edit):
    place = chance.randrange(10, len(recording.events) - 2)
    edit.put(place, copy.deepcopy(recording.events[place]))
    edit.at[place][-1]['n'] = place
    return True


def change_gap(recording, chance, edit):
    """The database's own numbers of changes leave one out."""
    places = recording.of('change')
    if len(places) < 5:
        return False
    place = chance.randrange(1, len(places) - 1)
    for index in places[place:]:
        edit.event(index)['sequence'] += 1
    return True


def change_twice(recording, chance, edit):
    places = recording.of('change')
    place = chance.randrange(1, len(places))
    edit.event(places[place])['sequence'] = recording.events[places[place - 1]]['sequence']
    return True


def changes_swapped(recording, chance, edit):
    places = recording.of('change')
    place = chance.randrange(1, len(places))
    one, other = edit.event(places[place]), edit.event(places[place - 1])
    one['sequence'], other['sequence'] = other['sequence'], one['sequence']
    return True


def event(change, *kinds, where=lambda recording, index: True):
    def wrong(recording, chance):
        place = pick(chance, [index for index in recording.of(*kinds) if where(recording, index)])
        if place is None:
            return None
        edit = Edit(recording)
        return edit if change(recording, chance, edit, place) is not False else None
    return wrong


def drops(recording, chance, edit, index):
    edit.drop(index)


def repeats(recording, chance, edit, index):
    edit.put(index, {key: value for key, value in recording.events[index].items() if key not in ('n', 't')})


def with_rows(recording, index):
    return bool(recording.events[index]['rows'])


def row_twice(recording, chance, edit, index):
    rows = edit.event(index)['rows']
    rows.append(copy.deepcopy(chance.choice(rows)))


def renames_table(recording, chance, edit, index):
    edit.event(index)['table'] = 'no_such_table'


def own_time(recording, index):
    return index > 5 and recording.events[index]['t'] > recording.events[index - 1]['t'] > 1000


def goes_back(recording, chance, edit, index):
    edit.event(index)['t'] = recording.events[index - 1]['t'] - 900


def is_begin(recording, index):
    return recording.events[index]['edge'] == 'begin'


def is_end(recording, index):
    return recording.events[index]['edge'] == 'end'


def other_outcome(recording, chance):
    """The outcome of an operation is not what its reply said."""
    places = [ended for _, invoked, _, ended in recording.acknowledged('read', 'create', 'update')
              if isinstance(recording.events[ended]['result'], dict)]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.event(place)['result'] = {'id': str(uuid.UUID(int=chance.getrandbits(128)))}
    return edit


def outcome_without_reply(recording, chance):
    """A client was told something that no api said."""
    places = []
    for name, _, _, ended in recording.acknowledged('read', 'create', 'update'):
        answered = recording.answer(recording.message(recording.request(name))['id'])
        if answered is not None:
            places.append((answered, ended))
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.unsay(place[0])
    return edit


def ends_unbegun(recording, chance):
    place = pick(chance, [edges['invoke'] for edges in recording.operations.values() if 'ok' in edges])
    if place is None:
        return None
    edit = Edit(recording)
    edit.drop(place)
    return edit


def ended(recording, index):
    return recording.events[index]['edge'] != 'invoke'


def fails_instead(recording, chance, edit, index):
    """An operation ends twice, the second time otherwise."""
    edit.put(index, {'kind': 'op', 'op': recording.events[index]['op'], 'edge': 'fail',
                     'error': {'type': 'NotFound', 'message': OTHER, 'kwargs': {}}})


def after_the_end(recording, chance):
    edit = Edit(recording)
    place = chance.choice(recording.of('step'))
    edit.put(len(recording.events) - 1, {key: value for key, value in recording.events[place].items() if key not in ('n', 't')})
    return edit


def header_twice(recording, chance):
    edit = Edit(recording)
    edit.put(1, {key: value for key, value in recording.header.items() if key not in ('n', 't')})
    return edit


OWNER = ('evidence', 'refused')
CLASSES = [
    (21, 'an event is missing', OWNER, numbers(gap)),
    (21, 'a number is given twice', OWNER, numbers(twice)),
    (21, 'a change is missing', OWNER, numbers(change_gap)),
    (21, 'a change has the number of another', OWNER, numbers(change_twice)),
    (21, 'changes in another order', OWNER, numbers(changes_swapped)),
    (21, 'a table is not in the final contents', OWNER, event(drops, 'final', where=with_rows)),
    (21, 'a table is twice in the final contents', OWNER, event(repeats, 'final', where=with_rows)),
    (21, 'a row is twice in the final contents', OWNER, event(row_twice, 'final', where=with_rows)),
    (21, 'a table that no schema has', OWNER, event(renames_table, 'final', where=with_rows)),
    (21, 'time goes back', OWNER, event(goes_back, 'op', 'step', 'deliver', where=own_time)),
    (21, 'a step never ends', OWNER, event(drops, 'step', where=is_end)),
    (21, 'a step ends that never began', OWNER, event(drops, 'step', where=is_begin)),
    (21, 'a step ends twice', OWNER, event(repeats, 'step', where=is_end)),
    (21, 'an outcome is not its reply', OWNER, other_outcome),
    (21, 'an outcome without a reply', OWNER, outcome_without_reply),
    (21, 'an outcome without an operation', OWNER, ends_unbegun),
    (21, 'an operation ends twice', OWNER, event(fails_instead, 'op', where=ended)),
    (21, 'something after the end', OWNER, after_the_end),
    (21, 'a second header', OWNER, header_twice),
]
