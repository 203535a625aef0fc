"""Property 8: what clients are told is complete, true and once. The api says it, so its reply and the outcome agree."""
import copy

from classes.places import STRANGE, pick
from edit import Edit
from recording import DATA


def told(recording, *methods):
    """(invoke event, where the api replied, where the client had it) of what clients were told."""
    for name, invoked, _, ended in recording.acknowledged(*methods):
        request = recording.request(name)
        replied = recording.answer(recording.message(request)['id']) if request is not None else None
        if replied is not None:
            yield invoked, replied, ended


def tell(recording, place, result):
    edit = Edit(recording)
    edit.message(place[1])['result'] = copy.deepcopy(result)
    edit.event(place[2])['result'] = copy.deepcopy(result)
    return edit


def of_list(least, change):
    """Another list than the row of a filter."""
    def wrong(recording, chance):
        place = pick(chance, [place for place in told(recording, 'list')
                              if len(recording.events[place[2]]['result']) >= least])
        if place is None:
            return None
        result = copy.deepcopy(recording.events[place[2]]['result'])
        result = change(recording, chance, place[0], result)
        return result if result is None else tell(recording, place, result[0])
    return wrong


def without_one(recording, chance, invoked, rows):
    rows.pop(chance.randrange(len(rows)))
    return [rows]


def one_twice(recording, chance, invoked, rows):
    return [rows + [copy.deepcopy(chance.choice(rows))]]


def null(recording, chance, invoked, rows):
    return [None]


def one_null(recording, chance, invoked, rows):
    rows[chance.randrange(len(rows))] = None
    return [rows]


def nothing(recording, chance, invoked, rows):
    return [[]]


def settled(recording, invoked, key):
    """Whether the fields of the filter never changed in a row: then it never fitted."""
    return not any(recording.events[index]['column'] in invoked['fields'] and recording.events[index]['action'] == 'update'
                   for index in recording.changes.get((recording.table(invoked['object']), key), ()))


def a_stranger(recording, chance, invoked, rows):
    """A row that does not fit the filter, as another client was told it."""
    if not invoked['fields']:
        return None
    others = [row for method in ('read', 'list') for other, _, ended in told(recording, method)
              if other['object'] == invoked['object'] and other['release'] == invoked['release']
              for row in (recording.events[ended]['result'] if method == 'list' else [recording.events[ended]['result']])
              if row['id'] not in [one['id'] for one in rows] and settled(recording, invoked, row['id']) and
              any(row.get(field) != value for field, value in invoked['fields'].items())]
    return [rows + [copy.deepcopy(chance.choice(others))]] if others else None


def plain_fields(recording, name, row):
    return [field for field, value in row.items() if recording.plain(name, field, value) and value]


def other_value(recording, chance, invoked, rows):
    row = chance.choice(rows)
    fields = plain_fields(recording, invoked['object'], row)
    if not fields:
        return None
    row[chance.choice(fields)] = STRANGE
    return [rows]


def of_read(change, wanted=True):
    """Where a plan says what a read must give (`want`), no-data-loss speaks of it as well."""
    def wrong(recording, chance):
        places = [place for place in told(recording, 'read') if wanted or not place[0].get('want')]
        chance.shuffle(places)
        for place in places:
            result = change(recording, chance, place, copy.deepcopy(recording.events[place[2]]['result']))
            if result is not None:
                return tell(recording, place, result[0])
        return None
    return wrong


def read_null(recording, chance, place, row):
    return [None]


def read_other_row(recording, chance, place, row):
    """Another row of the class, as it was told before."""
    others = [other for other in told(recording, 'read') if other[0]['object'] == place[0]['object'] and
              other[0]['row'] != place[0]['row'] and other[0]['release'] == place[0]['release']]
    return [recording.events[chance.choice(others)[2]]['result']] if others else None


def read_other_value(recording, chance, place, row):
    fields = plain_fields(recording, place[0]['object'], row)
    if not fields:
        return None
    row[chance.choice(fields)] = STRANGE
    return [row]


def read_null_field(recording, chance, place, row):
    fields = plain_fields(recording, place[0]['object'], row)
    if not fields:
        return None
    row[chance.choice(fields)] = None
    return [row]


def read_number(recording, chance, place, row):
    fields = [field for field, value in row.items() if type(value) is int]
    if not fields:
        return None
    row[chance.choice(fields)] += 1000
    return [row]


def read_flag(recording, chance, place, row):
    fields = [field for field, value in row.items() if type(value) is bool]
    if not fields:
        return None
    field = chance.choice(fields)
    row[field] = not row[field]
    return [row]


def read_without_field(recording, chance, place, row):
    fields = plain_fields(recording, place[0]['object'], row)
    if not fields:
        return None
    del row[chance.choice(fields)]
    return [row]


def read_time(recording, chance, place, row):
    if not isinstance(row.get('created_at'), str):
        return None
    row['created_at'] = '2001' + row['created_at'][4:]
    return [row]


def read_stale(recording, chance, place, row):
    """What a field was before a write that was acknowledged before this read began."""
    key = (recording.table(place[0]['object']), place[0]['row'])
    asked = recording.request(recording.events[place[2]]['op'])
    changed = [recording.events[index] for index in recording.changes.get(key, ()) if index < asked - 40 and
               recording.events[index]['action'] == 'update']
    fields = [event for event in changed if recording.plain(place[0]['object'], event['column'], event['new']) and
              row.get(event['column']) == event['new'] and event['old'] != event['new']]
    if not fields:
        return None
    event = chance.choice(fields)
    row[event['column']] = event['old']
    return [row]


def children(recording, name, row):
    return [field for field in recording.classes[name].get('children', {})
            if isinstance(row.get(field), list) and row[field] and isinstance(row[field][0], dict)]


def read_child(change):
    def wrong(recording, chance, place, row):
        fields = children(recording, place[0]['object'], row)
        if not fields:
            return None
        field = chance.choice(fields)
        changed = change(recording, chance, recording.classes[place[0]['object']]['children'][field], row[field])
        if changed is None:
            return None
        row[field] = changed
        return [row]
    return wrong


def inside(row):
    """A child's own fields: it is told as it travels."""
    return row.get(DATA, row)


def child_missing(recording, chance, name, rows):
    rows.pop(chance.randrange(len(rows)))
    return rows


def child_twice(recording, chance, name, rows):
    return rows + [copy.deepcopy(chance.choice(rows))]


def child_other_value(recording, chance, name, rows):
    row = inside(chance.choice(rows))
    fields = plain_fields(recording, name, row)
    if not fields:
        return None
    row[chance.choice(fields)] = STRANGE
    return rows


def child_number(recording, chance, name, rows):
    row = inside(chance.choice(rows))
    fields = [field for field, value in row.items() if type(value) is int]
    if not fields:
        return None
    row[chance.choice(fields)] += 1000
    return rows


def child_other_id(recording, chance, name, rows):
    row = inside(chance.choice(rows))
    row['id'] = row['id'][::-1]
    return rows


def other_id(*methods):
    """What was made or changed has another id in the answer."""
    def wrong(recording, chance):
        places = [place for place in told(recording, *methods)
                  if isinstance(recording.events[place[2]]['result'], dict) and recording.events[place[2]]['result'].get('id')]
        place = pick(chance, places)
        if place is None:
            return None
        others = sorted({invoked['row'] for invoked, _, _ in places} - {place[0]['row']})
        if not others:
            return None
        return tell(recording, place, dict(recording.events[place[2]]['result'], id=chance.choice(others)))
    return wrong


def no_result(recording, chance):
    place = pick(chance, told(recording, 'create', 'run', 'update'))
    return place and tell(recording, place, None)


OWNER = ('session',)
CLASSES = [
    (8, 'a list lacks a row', OWNER, of_list(1, without_one)),
    (8, 'a list is empty', OWNER, of_list(1, nothing)),
    (8, 'a list has a row twice', OWNER, of_list(1, one_twice)),
    (8, 'a list is null', OWNER, of_list(0, null)),
    (8, 'a list has null for a row', OWNER, of_list(1, one_null)),
    (8, 'a list has a row that does not fit', OWNER, of_list(0, a_stranger)),
    (8, 'a list has another value', OWNER, of_list(1, other_value)),
    (8, 'a read gives null', OWNER, of_read(read_null, wanted=False)),
    (8, 'a read gives another row', OWNER, of_read(read_other_row)),
    (8, 'a read gives another text', OWNER, of_read(read_other_value)),
    (8, 'a read gives null for a text', OWNER, of_read(read_null_field)),
    (8, 'a read gives another number', OWNER, of_read(read_number)),
    (8, 'a read gives the other flag', OWNER, of_read(read_flag)),
    (8, 'a read gives another time of creation', OWNER, of_read(read_time)),
    (8, 'a read lacks a field', OWNER, of_read(read_without_field, wanted=False)),
    (8, 'a read gives an older value', OWNER, of_read(read_stale)),
    (8, 'a read lacks a child', OWNER, of_read(read_child(child_missing))),
    (8, 'a read has a child twice', OWNER, of_read(read_child(child_twice))),
    (8, 'a read has another text in a child', OWNER, of_read(read_child(child_other_value))),
    (8, 'a read has another number in a child', OWNER, of_read(read_child(child_number))),
    (8, 'a read has another id in a child', OWNER, of_read(read_child(child_other_id))),
    (8, 'a create is answered with another id', OWNER, other_id('create', 'run')),
    (8, 'an update is answered with another id', OWNER, other_id('update')),
    (8, 'a delete is answered with another id', OWNER, other_id('delete')),
    (8, 'an answer without a result', OWNER, no_result),
]
