"""Property 13: what a node goes by is in its heartbeats from its second on, in its record, and in what others hear of it."""
import json

from classes.places import manifest_of, older, pick
from classes.services import heartbeats, records
from edit import Edit
from recording import DATA, NAME, SERVICES, VERSION, dump, primitives


def recap(recording, edit, name, change, after=0):
    """Changes the caps of an incarnation wherever they are told from an index on. Gives whether any was in its record."""
    node, number = name.split('#')
    done = False

    def in_report(report):
        return report['incarnation'] == int(number) and report['caps']['objects'] and change(report['caps']['objects'])

    for index, answered in heartbeats(recording):
        if index > after and recording.message(index)['from'] == name:
            in_report(edit.message(index)['args']['service']['report'])
        for entry in edit.message(answered)['result']['services'] if answered > after else ():
            if entry['id'] == node:
                in_report(entry['report'])
    for index in recording.changes.get((SERVICES, node), ()):
        if index > after and recording.events[index]['column'] == 'report':
            for side in ('old', 'new'):
                text = recording.events[index][side]
                report = json.loads(text) if text else None
                if report and in_report(report):
                    edit.event(index)[side] = dump(report)
                    done = True
            if edit.event(index)['old'] == edit.event(index)['new']:
                edit.drop(index)
    return done


def learned(recording, node):
    """(where it was written, incarnation, caps of objects) of each set of caps that a node went by, in order."""
    for index in recording.changes.get((SERVICES, node), ()):
        if recording.events[index]['column'] == 'report' and recording.events[index]['new']:
            report = json.loads(recording.events[index]['new'])
            if report['caps']['objects']:
                yield index, '%s#%d' % (node, report['incarnation']), report['caps']['objects']


def capped(recording):
    """Incarnations that say which caps they go by: {name: the first ones}."""
    found = {}
    for node in records(recording):
        for _, name, objects in learned(recording, node):
            found.setdefault(name, objects)
    return found


def caps(change_of):
    def change(recording, chance):
        if recording.header['compat'] != 'pin':
            return None
        places = sorted(capped(recording).items())
        chance.shuffle(places)
        for name, objects in places:
            edit = Edit(recording)
            how = change_of(recording, chance, objects)
            if how and recap(recording, edit, name, how):
                return edit
        return None
    return change


def moved(recording, chance, objects, direction):
    """A cap of a class with several versions in use, one version up or down."""
    choices = []
    for name, version in objects.items():
        versions = sorted({manifest_of(recording, release).get(name) for release in recording.catalogs} - {None},
                          key=lambda text: [int(part) for part in text.split('.')])
        others = [other for other in versions if (older(version, other) if direction > 0 else older(other, version))]
        if others:
            choices.append((name, others[0]))
    if not choices:
        return None
    name, version = chance.choice(choices)

    def change(caps):
        if name not in caps:
            return False
        caps[name] = version
        return True
    return change


def raised(recording, chance, objects):
    return moved(recording, chance, objects, 1)


def lowered(recording, chance, objects):
    return moved(recording, chance, objects, -1)


def one_missing(recording, chance, objects):
    names = [name for name in objects if len({manifest_of(recording, release).get(name) for release in recording.catalogs}) > 1]
    if not names:
        return None
    name = chance.choice(sorted(names))
    return lambda caps: caps.pop(name, None) is not None


def all_missing(recording, chance, objects):
    return lambda caps: caps.clear() or True


def too_new(recording, chance):
    """With pins something that its receiver does not know is delivered."""
    if recording.header['compat'] != 'pin':
        return None
    places = []
    for identity, deliveries in recording.delivered.items():
        receiver = recording.events[deliveries[0]]
        known = manifest_of(recording, receiver['release'])
        index = recording.sent.get(identity)
        message = recording.message(index) if index is not None else {}
        objects = list(primitives(message.get('result') or message.get('args')))
        for number, primitive in enumerate(objects):
            newer = [version for release in recording.catalogs for version in [manifest_of(recording, release).get(primitive[NAME])]
                     if version and primitive[NAME] in known and older(known[primitive[NAME]], version)]
            if newer and message['kind'] in ('reply', 'cast', 'call') and not receiver['receiver'].startswith('client'):
                places.append((index, number, newer[0]))
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    message = edit.message(place[0])
    primitive = list(primitives(message.get('result') or message.get('args')))[place[1]]
    primitive[VERSION] = place[2]
    for field in ('is_public', 'is_protected'):
        if (primitive[NAME], field) in recording.fields:
            primitive[DATA].setdefault(field, False)
    return edit


def reload_changes_nothing(recording, chance):
    """After a reload a node goes by the caps of before."""
    if recording.header['compat'] != 'pin':
        return None
    places = []
    for node in records(recording):
        sets = list(learned(recording, node))
        places += [(name, at, old, new) for (_, before, old), (at, name, new) in zip(sets, sets[1:])
                   if before == name and old != new]
    place = pick(chance, places)
    if place is None:
        return None
    name, at, old, new = place

    def change(objects):
        if objects != new:
            return False
        objects.clear()
        objects.update(old)
        return True
    edit = Edit(recording)
    return edit if recap(recording, edit, name, change, at - 1) else None


OWNER = ('pin',)
CLASSES = [
    (13, 'a cap is too high', OWNER, caps(raised)),
    (13, 'a cap is too low', OWNER, caps(lowered)),
    (13, 'a cap is missing', OWNER, caps(one_missing)),
    (13, 'no cap is kept', OWNER, caps(all_missing)),
    (13, 'a reload changes nothing', OWNER, reload_changes_nothing),
    (13, 'something too new is delivered', ('wire-schema', 'pin'), too_new),
]
