"""The conductor: the server of OVO's indirection API, and the local half of the objects' remotable methods."""

from oslo_versionedobjects import exception

from classes import Serializer
from protocol import Work
from rows import DATABASE_TIME, Rows, now, wire
from rules import version_tuple
from services import Records
from store import Refused, Store
from withheld import Secrets


class Conductor:
    def __init__(self, peer, classes, database):
        if not database:
            raise SystemExit('a conductor needs --database')
        self.peer, self.classes = peer, classes
        self.serializer = Serializer(classes)
        self.store = Store(database)
        self.secrets = Secrets(classes)
        self.records = Records(peer, self.store)
        self.join = self.records.join
        classes.base.rows = Persistence(classes, Rows(classes, self.store))

    def handle(self, message):
        if message['kind'] != 'call':
            return
        wrong = self.peer.misfit(message)
        if wrong:
            return self.peer.refuse(message, *wrong)
        try:
            result = self.serve(message.get('method'), Request(message), message.get('args', {}))
            self.store.commit()  # before the answer leaves
        except Exception as error:
            self.store.rollback()
            self.refuse(message, error)
        else:
            self.peer.reply(message, result)

    def refuse(self, message, error):
        if isinstance(error, Refused):
            return self.peer.refuse(message, error.type, str(error))
        if isinstance(error, exception.VersionedObjectsException):
            return self.peer.refuse(message, type(error).__name__, str(error), arguments_of(error))
        if isinstance(error, ValueError):
            return self.peer.refuse(message, 'ValueError', str(error))
        if 'database is locked' in str(error):
            return self.peer.refuse(message, 'DatabaseBusy', str(error))
        if 'disk is full' in str(error) or 'disk I/O error' in str(error):
            return self.peer.refuse(message, 'DiskFailed', str(error))
        self.peer.refuse(message, 'InternalError', '%s: %s' % (type(error).__name__, error))
        self.peer.trouble('%s: %s: %s' % (message.get('method'), type(error).__name__, error), 'InternalError',
                          message.get('operation'), message['id'])

    def serve(self, method, request, args):
        if method == 'object_action':
            return self.object_action(request, args)
        if method == 'object_class_action_versions':
            return self.object_class_action_versions(request, args)
        if method == 'object_backport_versions':
            return object_backport_versions(self.classes, request, args)
        if method == 'service_update':
            return self.records.update(args['service'])
        raise Refused('UnknownMethod', 'the conductor has no method %s' % method)

    @staticmethod
    def remotable(holder, name):
        method = getattr(holder, name, None)
        if not getattr(method, 'remotable', False):
            raise Refused('UnknownMethod', '%s has no method %s' % (holder.obj_name(), name))
        return method

    def object_action(self, request, args):
        request.sent = args['objinst']
        obj = loaded(lambda: self.serializer.deserialize_entity(request, args['objinst']))
        result = self.remotable(obj, args['objmethod'])(*args.get('args', []), **args.get('kwargs', {}))
        return {'updates': request.updates, 'result': result}

    def object_class_action_versions(self, request, args):
        versions = args['object_versions']
        self.store.begin(writing=False)
        method = self.remotable(self.classes.newest(args['objname']), args['objmethod'])
        result = method(request, *args.get('args', []), **args.get('kwargs', {}))
        if isinstance(result, list):
            return [self.to_caller(request, obj, versions) for obj in result]
        return self.to_caller(request, result, versions)

    def to_caller(self, request, obj, versions):
        primitive = to_caller(obj, versions)
        if request.role == 'api':
            self.secrets.withhold(primitive)
        return primitive


class Request(Work):
    """A call that is served: the context of the objects that it brought."""

    def __init__(self, message):
        super().__init__(message)
        self.role = message['from'].partition('.')[0]

    sent = None     # the primitive of object_action as it came
    updates = None  # what goes back: values in the caller's terms


def loaded(load):
    """The library fails in many ways on what is not a primitive."""
    try:
        return load()
    except (TypeError, KeyError, AttributeError) as error:
        raise Refused(type(error).__name__, str(error))


def arguments_of(error):
    """The library adds the status code of HTTP, which is none of a caller's business."""
    return {name: value for name, value in getattr(error, 'kwargs', {}).items() if name != 'code'}


def known_version(name, versions):
    if name not in versions:
        raise Refused('UnsupportedObjectError', 'the caller does not know ' + name)
    return versions[name]


def object_backport_versions(classes, request, args):
    """The primitive at the versions that the caller knows. No forward step: it is read as it is labelled."""
    versions = args['object_versions']
    obj = loaded(lambda: classes.base.obj_from_primitive(args['objinst'], request))
    return loaded(lambda: obj.obj_to_primitive(known_version(obj.obj_name(), versions), versions))


def to_caller(obj, versions):
    target = known_version(obj.obj_name(), versions)
    if version_tuple(obj.VERSION) < version_tuple(target):
        return obj.obj_to_primitive()
    return obj.obj_to_primitive(target, versions)


class Persistence:
    """What create, save, destroy, obj_load_attr, get and list do where there is a database."""

    def __init__(self, classes, rows):
        self.classes, self.rows, self.store = classes, rows, rows.store

    def get(self, name, row_id):
        return self.rows.read(name, row_id)

    def list(self, name, where):
        return self.rows.find(name, where)

    def load(self, obj, field):
        request = obj.obj_context
        if not self.rows.load(obj, field):
            raise exception.ObjectActionError(action='obj_load_attr', reason='attribute %s not lazy-loadable' % field)
        request.updates = {field: wire(obj, field),
                           'obj_what_changed': request.sent.get(self.classes.prefix + 'changes', [])}

    def destroy(self, obj):
        self.rows.destroy(obj.obj_name(), obj.id)
        obj.obj_context.updates = {'obj_what_changed': []}

    def create(self, obj):
        name, request = obj.obj_name(), obj.obj_context
        if self.store.get(self.rows.table(name), obj.id) is not None:
            raise Refused('DuplicateId', '%s %s exists already' % (name, obj.id))
        ended = self.rows.ended_owner(obj)
        if ended:  # a create that comes late, or again, does not bring back what went with its owner's end
            raise Refused('Conflict', ended)
        self.insert_tree(obj, request.sent)
        # What was filled in goes back in the caller's terms; children are as they were sent.
        label = request.sent[self.classes.prefix + 'version']
        sent = request.sent[self.classes.prefix + 'data']
        told = self.rows.read(name, obj.id).obj_to_primitive(label, {name: label})[self.classes.prefix + 'data']
        children = self.classes.histories[name].get('children', {})
        request.updates = {field: value for field, value in told.items()
                           if field not in children and (field not in sent or sent[field] != value)}
        request.updates['obj_what_changed'] = []

    def insert_tree(self, obj, sent):
        """`sent` is its primitive as it came: an older writer cannot have meant the default of a field that it does
        not know, so what absence means is stored."""
        name, row = obj.obj_name(), {}
        writer = version_tuple(sent[self.classes.prefix + 'version'])
        for spec in self.rows.scalars(name):
            value = None
            if spec['name'] in obj:
                value = getattr(obj, spec['name'])
            elif 'create_default' in spec:
                contract = self.classes.contract(name, spec['name'])
                unknown = 'since' in contract and writer < version_tuple(contract['since'])
                value = contract['absent_means'] if unknown and 'absent_means' in contract else spec['create_default']
            row.update(self.rows.columns(name, spec, value))
        if 'created_at' in row:
            row['created_at'] = now().strftime(DATABASE_TIME)
        self.rows.insert(name, row)
        for spec in self.rows.lists(name):
            field = spec['name']
            if field not in obj:
                continue
            if self.rows.link(name, field).association:
                self.rows.associate(name, field, obj.id, getattr(obj, field))
                continue
            for child, child_sent in zip(getattr(obj, field), sent[self.classes.prefix + 'data'][field]):
                setattr(child, self.rows.link(name, field).child_column, obj.id)
                self.insert_tree(child, child_sent)

    def save(self, obj):
        name, request = obj.obj_name(), obj.obj_context
        stored = self.rows.read(name, obj.id)
        seen = self.seen_by_writer(stored, request.sent, obj.obj_what_changed())
        row = {}
        for field in sorted(obj.obj_what_changed()):
            spec = next(spec for spec in self.classes.field_specs(name) if spec['name'] == field)
            if field not in obj:
                continue
            if spec['type'] == 'ListOfObjects':
                if not self.rows.link(name, field).association:
                    raise Refused('ObjectActionError', '%s.%s: children are saved one by one' % (name, field))
                self.rows.associate(name, field, obj.id, getattr(obj, field))
                continue
            value = getattr(obj, field)
            if field in seen:
                if wire(obj, field) == seen[field]:
                    continue  # what the writer was shown is not a change
                value = self.keep_ruled_key(name, field, value, seen[field], stored)
            if field in ('status', 'info'):
                self.check_transition(name, wire(stored, field), value)
            row.update(self.rows.columns(name, spec, value))
        if row:
            row['updated_at'] = now().strftime(DATABASE_TIME)
            self.rows.update(name, obj.id, row)
        self.rows.consequences(name, obj.id, 'save')
        request.updates = {'obj_what_changed': []}

    def seen_by_writer(self, stored, sent, changed):
        """A write of an older peer is a delta against the backport of the stored row; its wire values by field.
        Children are not part of it: no entry in the manifest leaves them out of the conversion."""
        label, name = sent[self.classes.prefix + 'version'], stored.obj_name()
        if not changed or not version_tuple(label) < version_tuple(stored.VERSION):
            return {}
        shown = stored.obj_to_primitive(label, {name: label})
        return self.classes.forward(shown)[self.classes.prefix + 'data']

    def keep_ruled_key(self, name, field, value, seen, stored):
        """A Json field of which one key has a rule of its own ("info.status"): that key is a value by itself."""
        for rule in self.classes.specs[name].get('compat', {}).get('rules', []):
            ruled, _, key = rule.get('field', '').partition('.')
            if (key and ruled == field and isinstance(value, dict) and isinstance(seen, dict) and key in value and
                    key in seen and value[key] == seen[key]):
                value = dict(value, **{key: getattr(stored, field)[key]})
        return value

    def check_transition(self, name, before, after):
        """Life cycles are compare-and-set: a status that does not follow from the stored one is refused."""
        if name not in ('Cluster', 'JobExecution'):
            return
        if name == 'JobExecution':
            before, after = (value.get('status') if isinstance(value, dict) else None for value in (before, after))
        if not before or not after or before == after:
            return
        for step in self.classes.snapshot['transitions']:
            if (step['life'] == 'job_execution') == (name == 'JobExecution') and step['to'] == after and (
                    step['from'] == before or (step['from'] == '*' and before != 'Deleting')):
                return  # "Deleting" is absorbing: only what starts from it by name may follow
        raise Refused('Conflict', '%s cannot go from %s to %s' % (name, before, after))
