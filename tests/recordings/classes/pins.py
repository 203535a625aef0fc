"""Property 13: what a node goes by is in its heartbeats from its second on, in its record, and in what others hear of it."""
import json

from classes.places import pick
from classes.services import heartbeats
from edit import Edit
from recording import DATA, NAME, SERVICES, VERSION, dump, primitives


def recap(recording, edit, name, change):
    """Changes the caps of an incarnation wherever they are told. Gives whether any was."""
    node, number = name.split('#')
    done = False

    def in_report(report):
        return report['incarnation'] == int(number) and report['caps']['objects'] and change(report['caps']['objects'])

    for index, answered in heartbeats(recording):
        service = recording.message(index)['args']['service']
        if service['id'] == node and recording.message(index)['from'] == name:
            done = in_report(edit.message(index)['args']['service']['report']) or done
        for entry in edit.message(answered)['result']['services']:
            if entry['id'] == node:
                in_report(entry['report'])
    for index in recording.changes.get((SERVICES, node), ()):
        if recording.events[index]['column'] == 'report':
            for side in ('old', 'new'):
                text = recording.events[index][side]
                report = json.loads(text) if text else None
                if report and in_report(report):
                    edit.event(index)[side] = dump(report)
    return done


def capped(recording):
    """Incarnations that say which caps they go by: {name: caps of objects}."""
    found = {}
    for index, _ in heartbeats(recording):
        caps = recording.message(index)['args']['service']['report']['caps']['objects']
        if caps:
            found[recording.message(index)['from']] = caps
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


def manifest_of(recording, release):
    for entry in recording.catalogs.get(release, {'releases': []})['releases']:
        if entry['name'] == release:
            return entry['manifest']
    return {}


def older(one, other):
    return [int(part) for part in one.split('.')] < [int(part) for part in other.split('.')]


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
    for index in recording.of('step'):
        event = recording.events[index]
        if event['verb'] == 'reload' and event['edge'] == 'end':
            before = [beat for beat in heartbeats(recording, event['node']) if beat[0] < index]
            after = [beat for beat in heartbeats(recording, event['node']) if beat[0] > index]
            if before and after:
                old = recording.message(before[-1][0])['args']['service']['report']['caps']
                new = recording.message(after[0][0])['args']['service']['report']['caps']
                sender = recording.message(before[-1][0])['from']
                if recording.message(after[0][0])['from'] == sender and old != new:
                    places.append((sender, old, new))
    place = pick(chance, places)
    if place is None:
        return None
    name, old, new = place
    edit = Edit(recording)

    def change(objects):
        if objects != new['objects']:
            return False
        objects.clear()
        objects.update(old['objects'])
        return True
    return edit if recap(recording, edit, name, change) else None


OWNER = ('pin',)
CLASSES = [
    (13, 'a cap is too high', OWNER, caps(raised)),
    (13, 'a cap is too low', OWNER, caps(lowered)),
    (13, 'a cap is missing', OWNER, caps(one_missing)),
    (13, 'no cap is kept', OWNER, caps(all_missing)),
    (13, 'a reload changes nothing', OWNER, reload_changes_nothing),
    (13, 'something too new is delivered', ('wire-schema', 'pin'), too_new),
]
