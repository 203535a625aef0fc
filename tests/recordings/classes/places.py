"""Where a recording may be harmed: quiet places, saves and what they changed, rows and who made them."""
from recording import NAME, SERVICES

STRANGE = 'nobody wrote this'


def pick(chance, places):
    places = list(places)
    return chance.choice(places) if places else None


def quiet_place(recording, chance, row, after):
    """A place where nobody has anything to do with the row or with what hangs on it."""
    return pick(chance, recording.quiet(row, after))


def settled_columns(recording, *, engine=None, child=None, updated=None, final=True):
    """(table, key, column, its last change) of plain text that is never changed again and stands at the end."""
    for (table, key), places in recording.changes.items():
        name = recording.class_of.get(table)
        if table == SERVICES or name is None or (table, key) not in recording.rows:
            continue
        made = any(recording.events[index]['action'] == 'insert' and recording.events[index]['column'] == 'id'
                   for index in places)
        born = created_by(recording, name, key)
        if engine is not None and (born == 'engine') != engine or child is not None and (born == 'child') != child:
            continue
        last = {}
        for index in places:
            last[recording.events[index]['column']] = index
        for column, index in last.items():
            event = recording.events[index]
            if not made or not plain_or_engines(recording, name, column, event, born):
                continue
            if updated is None or updated == (event['action'] == 'update'):
                yield table, key, column, index


def plain_or_engines(recording, name, column, event, born):
    if born == 'engine' and name in ('Instance', 'ClusterProvisionStep'):
        return column in ('instance_name', 'internal_ip', 'management_ip', 'step_name', 'step_type') and event['new']
    return recording.plain(name, column, event['new']) and event['new'] is not None


def created_by(recording, name, key):
    """'engine', 'client' (a create of its own), 'child' (with its parent)."""
    return recording_births(recording).get(key, 'child')


def recording_births(recording):
    births = recording.__dict__.get('births')
    if births is None:
        births = {}
        for write in recording.writes:
            if write.method == 'create':
                births[write.row] = 'engine' if write.sender.startswith('engine') else 'client'
        if recording.direct:
            for _, invoked, _, _ in recording.acknowledged('create', 'run'):
                births[invoked['row']] = 'client'
            for table, key in recording.changes:
                if recording.class_of.get(table) in ('Instance', 'ClusterProvisionStep', 'ClusterEvent'):
                    births.setdefault(key, 'engine')
        recording.births = births
    return births


def saves(recording, *, method='save', least=1):
    """(write, its changes) of acknowledged saves whose row nobody else wrote meanwhile."""
    for write in recording.writes:
        if write.acknowledged and write.method == method:
            places = recording.changed_by(write)
            named = [index for index in places if recording.events[index]['column'] in write.names]
            if len(named) >= least:
                yield write, places, named


def direct_updates(recording):
    """(where the request was delivered, where it was answered, the changes of what it named) with direct access."""
    for name, invoked, _, _ in recording.acknowledged('update'):
        request = recording.request(name)
        identity = recording.message(request)['id']
        at, answered = recording.delivered.get(identity, [None])[0], recording.answer(identity)
        table = recording.table(invoked['object'])
        if at is None or answered is None:
            continue
        named = [index for index in recording.changes.get((table, invoked['row']), ())
                 if at < index < answered and recording.events[index]['column'] in invoked['fields']]
        if named:
            yield at, answered, named


def windows(recording):
    """(delivered, answered, changes of named fields) of what was acknowledged, in either access."""
    if recording.direct:
        yield from direct_updates(recording)
    else:
        for write, _, named in saves(recording):
            yield write.at, write.answered, named


def gone(recording):
    """(table, key, the changes that deleted it) of the rows of clients that are gone for good."""
    for (table, key), places in recording.changes.items():
        deleted = [index for index in places if recording.events[index]['action'] == 'delete']
        if deleted and table in recording.class_of and (table, key) not in recording.rows:
            yield table, key, deleted


def manifest_of(recording, release):
    for entry in recording.catalogs.get(release, {'releases': []})['releases']:
        if entry['name'] == release:
            return entry['manifest']
    return {}


def older(one, other):
    return [int(part) for part in one.split('.')] < [int(part) for part in other.split('.')]


def too_new(recording, index, primitive):
    """The versions of a primitive that the receiver of its message does not know."""
    deliveries = recording.delivered.get(recording.message(index)['id'])
    if not deliveries:
        return []
    known = manifest_of(recording, recording.events[deliveries[0]]['release']).get(primitive[NAME])
    return [version for version, _ in recording.classes[primitive[NAME]]['versions'] if known and older(known, version)]
