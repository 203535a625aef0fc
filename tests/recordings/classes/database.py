"""Property 1: a value that is committed was asked for, in time, and holds."""
from classes.places import STRANGE, pick, quiet_place, settled_columns, windows
from edit import Edit


def reverts(**which):
    """A value goes back to what it was, or to another that once was there, long after its write was answered."""
    def change(recording, chance):
        place = pick(chance, settled_columns(recording, **which))
        if place is None:
            return None
        table, key, column, index = place
        old = recording.events[index]['old']
        quiet = quiet_place(recording, chance, key, index)
        if quiet is None or old == recording.events[index]['new']:
            return None
        edit = Edit(recording)
        edit.change(quiet, table, key, column, recording.events[index]['new'], old)
        edit.set_final(table, key, column, old)
        return edit
    return change


def reverts_and_returns(recording, chance):
    """A value is lost for a while: it goes back, and comes again later."""
    place = pick(chance, settled_columns(recording))
    if place is None:
        return None
    table, key, column, index = place
    places = recording.quiet(key, index)
    if len(places) < 2:
        return None
    first, second = sorted(chance.sample(places, 2))
    event = recording.events[index]
    edit = Edit(recording)
    edit.change(first, table, key, column, event['new'], event['old'])
    edit.change(second, table, key, column, event['old'], event['new'])
    return edit


def strange_value(recording, chance):
    """A value that nobody ever wrote appears while nobody writes."""
    place = pick(chance, settled_columns(recording))
    if place is None:
        return None
    table, key, column, index = place
    quiet = quiet_place(recording, chance, key, index)
    if quiet is None:
        return None
    edit = Edit(recording)
    edit.change(quiet, table, key, column, recording.events[index]['new'], STRANGE)
    edit.set_final(table, key, column, STRANGE)
    return edit


def whole(recording, place):
    """All that a save changed in its row."""
    event = recording.events[place[2][0]]
    return [index for index in recording.changes[event['table'], event['key']] if place[0] < index < place[1]]


def before_delivery(recording, chance):
    """A save is in the database before anybody was asked for it."""
    place = pick(chance, (place for place in windows(recording) if place[0] > 200))
    if place is None:
        return None
    at = place[0]
    sent = recording.sent[recording.events[at]['id']]
    request = recording.request(recording.message(sent).get('operation'))
    start = min(sent, request if request is not None else sent)
    edit = Edit(recording)
    edit.move(whole(recording, place), max(1, start - 2))
    return edit


def after_answer(recording, chance):
    """A save is committed only after it was acknowledged."""
    place = pick(chance, windows(recording))
    if place is None:
        return None
    answered = place[1]
    after = next((index for index in recording.of('deliver') if index > answered), answered)
    edit = Edit(recording)
    edit.move(whole(recording, place), after)
    return edit


def lost(recording, chance):
    """An acknowledged save changed nothing."""
    place = pick(chance, windows(recording))
    if place is None:
        return None
    index = pick(chance, place[2])
    edit = Edit(recording)
    edit.undo([index])
    return edit


def another_value(recording, chance):
    """A save stores another value than was sent."""
    place = pick(chance, [index for _, _, named in windows(recording) for index in named if recording.plain(
        recording.class_of[recording.events[index]['table']], recording.events[index]['column'],
        recording.events[index]['new']) and recording.events[index]['new']])
    if place is None:
        return None
    edit = Edit(recording)
    event = edit.event(place)
    event['new'] = STRANGE
    edit.settle(event['table'], event['key'], event['column'], STRANGE, place)
    return edit


def written_again(recording, chance):
    """What an earlier acknowledged write stored comes again after a later one has replaced it."""
    places = []
    for (table, key), changed in recording.changes.items():
        name, columns = recording.class_of.get(table), {}
        for index in changed:
            event = recording.events[index]
            if event['action'] == 'update' and recording.plain(name, event['column'], event['new']):
                columns.setdefault(event['column'], []).append(index)
        places += [(table, key, column, indices) for column, indices in columns.items()
                   if len(indices) > 1 and (table, key) in recording.rows]
    place = pick(chance, places)
    if place is None:
        return None
    table, key, column, indices = place
    first, last = recording.events[indices[-2]]['new'], recording.events[indices[-1]]['new']
    quiet = quiet_place(recording, chance, key, indices[-1])
    if quiet is None or first == last:
        return None
    edit = Edit(recording)
    edit.change(quiet, table, key, column, last, first)
    edit.set_final(table, key, column, first)
    return edit


def another_old(recording, chance):
    """A change starts from another value than the last one left."""
    place = pick(chance, [index for index in recording.of('change') if recording.events[index]['action'] == 'update' and
                          recording.plain(recording.class_of.get(recording.events[index]['table']),
                                          recording.events[index]['column'], recording.events[index]['new'])])
    if place is None:
        return None
    edit = Edit(recording)
    edit.event(place)['old'] = STRANGE
    return edit


def another_action(recording, chance):
    """An update of a row that is there says that it makes the row."""
    places = [index for index in recording.of('change') if recording.events[index]['action'] == 'update' and
              recording.events[index]['table'] in recording.class_of]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.event(place)['action'] = 'insert'
    return edit


LOSS = ('no-data-loss',)
AGAIN = LOSS + ('effect-count',)  # where the value that comes again is an operation's, that took effect twice
CLASSES = [
    (1, 'a field of a client goes back', LOSS, reverts(engine=False, child=False)),
    (1, 'an updated field goes back', AGAIN, reverts(engine=False, updated=True)),
    (1, 'a field of a child goes back', LOSS, reverts(child=True)),
    (1, 'a field of an engine goes back', LOSS, reverts(engine=True)),
    (1, 'a field goes back and returns', AGAIN, reverts_and_returns),
    (1, 'an earlier value is written again', AGAIN, written_again),
    (1, 'a value that nobody wrote', LOSS, strange_value),
    (1, 'committed before it was asked for', LOSS, before_delivery),
    (1, 'committed after it was acknowledged', LOSS, after_answer),
    (1, 'an acknowledged save is lost', LOSS, lost),
    (1, 'another value is stored than was sent', LOSS, another_value),
    (1, 'a change starts from another value', LOSS, another_old),
    (1, 'an update that says it is an insert', LOSS, another_action),
]
