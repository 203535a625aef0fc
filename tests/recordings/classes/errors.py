"""Properties 3, 4 and 14: an error has its cause, and a fault excuses only what was in hand."""
from classes.clients import told
from classes.messages import alive_at, calls
from classes.places import pick, saves
from edit import Edit

FAULTS = ('kill', 'pause')


def faulty(recording):
    return any(recording.events[index]['verb'] in FAULTS for index in recording.of('step'))


def struck(recording):
    """Every index near to a fault: while it lasts, and some events after."""
    found = set()
    for index in recording.of('step'):
        if recording.events[index]['verb'] in FAULTS + ('resume',):
            found.update(range(index - 60, index + 400))
    return found


def refuse(recording, answered, ended, error, message):
    edit = Edit(recording)
    said = {'type': error, 'message': message, 'kwargs': {}}
    reply = edit.message(answered)
    del reply['result']
    reply['error'] = said
    if ended is not None:
        event = edit.event(ended)
        del event['result']
        event.update(edge='fail', error=dict(said))
    return edit


def fails(methods, error, message, where=lambda recording, place: True):
    """An operation that was done is refused instead, with an error that nothing calls for."""
    def change(recording, chance):
        place = pick(chance, [place for place in told(recording, *methods) if where(recording, place)])
        return place and refuse(recording, place[1], place[2], error, message % place[0])
    return change


def call_fails(method, error, message):
    """A call of a node is refused, with an error that nothing calls for."""
    def change(recording, chance):
        places = [place for place in calls(recording) if recording.message(place[0])['args'].get('objmethod') == method and
                  'result' in recording.message(place[2])]
        place = pick(chance, places)
        return place and refuse(recording, place[2], None, error, message)
    return change


def other_type(recording, chance):
    """An error that something calls for comes as another type."""
    places = [(index, recording.message(index)) for index in recording.said('reply') if 'error' in recording.message(index) and
              recording.message(index)['error']['type'] in ('Conflict', 'NotFound', 'DuplicateId', 'UnknownField')]
    place = pick(chance, places)
    if place is None:
        return None
    index, message = place
    other = {'Conflict': 'DuplicateId', 'NotFound': 'Conflict', 'DuplicateId': 'NotFound', 'UnknownField': 'ActRefused'}
    edit = Edit(recording)
    edit.message(index)['error']['type'] = other[message['error']['type']]
    operation = recording.operations.get(message.get('operation'), {})
    if 'fail' in operation and recording.request(message['operation']) == recording.sent.get(message['to']):
        edit.event(operation['fail'])['error']['type'] = other[message['error']['type']]
    return edit


def unreferenced(recording, place):
    """A deleted row that no message but those of its own operations ever mentions."""
    return place[0]['object'] in ('DataSource', 'JobBinary', 'JobBinaryInternal', 'ClusterTemplate', 'NodeGroupTemplate')


def complains(what, *, in_faulty, near=False):
    """A node complains of something that no fault explains."""
    def change(recording, chance):
        if faulty(recording) != in_faulty:
            return None
        near_fault = struck(recording)
        place = pick(chance, [index for index in recording.of('op') if index > 150 and (index in near_fault) == near and
                              recording.events[index]['edge'] == 'ok'])
        names = sorted(alive_at(recording, place)) if place else []
        names = [name for name in names if not name.startswith('api')]
        if not names:
            return None
        name = chance.choice(names)
        node, number = name.split('#')
        edit = Edit(recording)
        edit.put(place, {'kind': 'send', 'message': {'kind': 'trouble', 'id': name + '/7777777', 'from': name,
                                                     'args': {'what': what}}},
                 {'kind': 'trouble', 'node': node, 'incarnation': int(number), 'what': what})
        return edit
    return change


def ended(state, **more):
    """A node that stopped as it was asked to ended otherwise."""
    def change(recording, chance):
        place = pick(chance, recording.states('stopped'))
        if place is None:
            return None
        edit = Edit(recording)
        event = edit.event(place)
        event.pop('code', None)
        event.update(state=state, **more)
        return edit
    return change


def far_from_faults(change):
    """Only where the plan has faults, and far from them; the row was in nobody's hands then."""
    def wrong(recording, chance):
        return change(recording, chance, struck(recording)) if faulty(recording) else None
    return wrong


def loses(recording, chance, near):
    """An acknowledged save is lost, long before or after a death."""
    place = pick(chance, [(named, write) for write, _, named in saves(recording)
                          if not near & set(range(write.at, write.answered))])
    if place is None:
        return None
    edit = Edit(recording)
    edit.undo([chance.choice(place[0])])
    return edit


def no_answer(recording, chance, near):
    """A client gets no answer from an api that nothing was done to."""
    places = [place for place in told(recording, 'read', 'list') if place[1] not in near]
    place = pick(chance, places)
    if place is None:
        return None
    return Edit(recording).no_answer(place[1], place[2])


def busy(recording, chance, near):
    place = pick(chance, [place for place in told(recording, 'read', 'update') if place[1] not in near])
    return place and refuse(recording, place[1], place[2], 'DatabaseBusy', 'the database is locked').unstarved()


def refused_connection(recording, chance, near):
    place = pick(chance, [place for place in told(recording, 'read', 'update') if place[1] not in near])
    return place and refuse(recording, place[1], place[2], 'MessagingTimeout', 'nobody answered within 2 s')


def at_rest(recording, name, field):
    """(row, where it reached its last state) of rows of a class at rest, made and finished far from faults."""
    table = recording.table(name) if name in recording.classes else None
    for (where, key), places in recording.changes.items():
        if where == table and (where, key) in recording.rows:
            states = [index for index in places if recording.events[index]['column'] == field]
            if len(states) > 2:
                yield key, places, states


def never_rests(name, field):
    """The save by which a row would come to rest is never sent; nobody reads the row later."""
    def change(recording, chance, near):
        places = []
        for key, changed, states in at_rest(recording, name, field):
            for write in recording.writes:
                lost = recording.changed_by(write) if write.row == key and write.method == 'save' else []
                if states[-1] in lost and lost[-1] == changed[-1] and not near & set(lost) and not any(
                        index > lost[-1] for index in recording.of('op') if recording.events[index].get('row') == key):
                    places.append((write, lost))
        place = pick(chance, places)
        if place is None:
            return None
        write, lost = place
        edit = Edit(recording)
        edit.undo(lost)
        edit.unsay(write.sent, write.answered)
        return edit
    return change


OWNER = ('exception',)
CHANGED = OWNER + ('no-data-loss',)  # what was refused has changed something, and that came first
UNEXPECTED = "TypeError: 'NoneType' object is not subscriptable"
CLASSES = [
    (3, 'a save is lost far from a fault', ('no-data-loss',), far_from_faults(loses)),
    (3, 'no answer far from a fault', ('liveness',), far_from_faults(no_answer)),
    (3, 'the database is busy far from a fault', ('availability', 'exception'), far_from_faults(busy)),
    (3, 'a time-out far from a fault', OWNER + ('availability',), far_from_faults(refused_connection)),
    (3, 'a run never rests far from a fault', ('liveness',), far_from_faults(never_rests('JobExecution', 'info'))),
    (3, 'a cluster never rests far from a fault', ('liveness',), far_from_faults(never_rests('Cluster', 'status'))),
    (3, 'killed without a step of the plan', OWNER, ended('killed', signal=9)),
    (4, 'a complaint beside a fault', OWNER, complains('provision_cluster: ' + UNEXPECTED, in_faulty=True, near=True)),
    (4, 'a complaint far from a fault', OWNER, complains('run_edp_job: ' + UNEXPECTED, in_faulty=True)),
    (4, 'a complaint without a fault', OWNER, complains('service_update: ' + UNEXPECTED, in_faulty=False)),
    (4, 'a time-out far from what explains it', OWNER, complains(
        'object_action: MessagingTimeout: nobody answered within 2 s', in_faulty=True)),
    (4, 'a node exits', OWNER, ended('exited', code=1)),
    (14, 'a create is told NotFound', CHANGED, fails(('create',), 'NotFound', '%(object)s %(row)s does not exist')),
    (14, 'a create is told DuplicateId', CHANGED, fails(('create',), 'DuplicateId', '%(object)s %(row)s is there already')),
    (14, 'a read is told NotFound', OWNER, fails(('read',), 'NotFound', '%(object)s %(row)s does not exist')),
    (14, 'a read is told Conflict', OWNER, fails(('read',), 'Conflict', '%(object)s %(row)s is in use')),
    (14, 'an update is told UnknownField', CHANGED, fails(('update',), 'UnknownField', '%(object)s has no such field')),
    (14, 'an update is told ValueError', CHANGED, fails(('update',), 'ValueError', 'a value of %(object)s does not fit')),
    (14, 'an update is told ActRefused', CHANGED, fails(('update',), 'ActRefused', '%(object)s %(row)s is protected')),
    (14, 'a delete is told Conflict', CHANGED, fails(('delete',), 'Conflict', '%(object)s %(row)s is in use', unreferenced)),
    (14, 'a list is told InternalError', OWNER, fails(('list',), 'InternalError', 'something went wrong with %(object)s')),
    (14, 'a get is told NotFound', OWNER, call_fails('get', 'NotFound', 'it does not exist')),
    (14, 'a save is told NotFound', CHANGED, call_fails('save', 'NotFound', 'it does not exist')),
    (14, 'a save is told ObjectActionError', CHANGED, call_fails('save', 'ObjectActionError', 'it cannot be saved')),
    (14, 'a create of a node is told DuplicateId', CHANGED, call_fails('create', 'DuplicateId', 'it is there already')),
    (14, 'an error of another type', OWNER, other_type),
]
