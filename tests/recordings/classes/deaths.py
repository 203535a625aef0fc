"""Property 18: writes of the dead end with them."""
from classes.places import pick
from edit import Edit


def struck_writes(recording):
    """Saves that were delivered to a conductor which was killed before it answered, or left by an api that was."""
    killed = {}
    for index in recording.states('killed'):
        event = recording.events[index]
        killed['%s#%d' % (event['node'], event['incarnation'])] = index
    for write in recording.writes:
        if write.method == 'save' and write.at is not None:
            receiver = recording.events[write.at]['receiver']
            if write.answered is None and receiver in killed or write.sender in killed and (
                    write.answered is None or killed[write.sender] < recording.delivered.get(
                        recording.message(write.answered)['id'], [len(recording.events)])[0]):
                yield write, max(killed.get(receiver, 0), killed.get(write.sender, 0))


def late_places(recording, write, killed):
    """Quiet places long after a death, before anybody has to do with the row again."""
    following = [index for index in recording.mentions[write.row] if index > killed]
    return recording.quiet(write.row, killed + 40, following[0] if following else None)


def takes_effect_late(recording, chance):
    """A save that a death left unheard of takes effect long after everybody has gone on."""
    places = []
    for write, killed in struck_writes(recording):
        own = [index for index in recording.changes.get((recording.table(write.name), write.row), ())
               if write.at < index < killed]
        if own:
            places += [(own, place) for place in late_places(recording, write, killed)]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.move(*place)
    return edit


def delivered_late(recording, chance):
    """A save is delivered, done and answered long after the death of its sender."""
    places = []
    for write, killed in struck_writes(recording):
        if write.answered is not None:
            own = [index for index in range(write.at, write.answered + 1) if index in (write.at, write.answered) or
                   recording.events[index].get('key') == write.row]
            places += [(own, place) for place in late_places(recording, write, killed)]
    place = pick(chance, places)
    if place is None:
        return None
    own, after = place
    edit = Edit(recording)
    edit.drop(*[index for index in recording.of('drop')
                if recording.events[index]['id'] == recording.message(own[-1])['id']])
    edit.move(own, after)
    edit.put(after, {'kind': 'drop', 'id': recording.message(own[-1])['id'], 'why': 'receiver gone'})
    return edit


def takes_effect_again(recording, chance):
    """A save that a death left unheard of took effect; later its row goes back, and it takes effect once more."""
    places = []
    for write, killed in struck_writes(recording):
        key = (recording.table(write.name), write.row)
        own = [index for index in recording.changes.get(key, ()) if write.at < index < killed and
               recording.plain(write.name, recording.events[index]['column'])]
        free = late_places(recording, write, killed)
        if own and len(free) > 1:
            places.append((key, recording.events[own[0]], free))
    place = pick(chance, places)
    if place is None:
        return None
    key, event, free = place
    first, second = sorted(chance.sample(free, 2))
    edit = Edit(recording)
    edit.change(first, *key, event['column'], event['new'], event['old'])
    edit.change(second, *key, event['column'], event['old'], event['new'])
    return edit


LOSS, EFFECT = ('no-data-loss',), ('effect-count',)
CLASSES = [
    (18, 'a write of the dead takes effect late', EFFECT + LOSS, takes_effect_late),  # it was answered
    (18, 'a write of the dead is delivered late', EFFECT, delivered_late),
    (18, 'a write of the dead takes effect again', EFFECT, takes_effect_again),
]
