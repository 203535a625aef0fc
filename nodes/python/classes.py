"""A release's snapshot (docs/objects.md) as classes of oslo.versionedobjects: all versions that it holds, their field
types, the backport rules as obj_make_compatible, the forward rules as a step before obj_from_primitive."""

import copy

from oslo_versionedobjects import base
from oslo_versionedobjects import exception
from oslo_versionedobjects import fields

from rules import apply, version_tuple


class Json(fields.FieldType):
    """Any JSON value, unchanged on the wire. The primitive is a copy: a rule that edits it must not edit the object."""

    @staticmethod
    def to_primitive(obj, attr, value):
        return copy.deepcopy(value)


def _field_type(spec):
    kind = spec['type']
    if kind == 'Json':
        return Json()
    if kind in ('List', 'Dict', 'Set'):
        return getattr(fields, kind)(_field(spec['element']))
    if kind == 'Object':
        return fields.Object(spec['class'], spec.get('subclasses', False))
    if kind == 'DateTime':
        return fields.DateTime(tzinfo_aware=spec.get('tzinfo_aware', True))
    if kind == 'Enum':
        return fields.Enum(valid_values=spec['values'])
    return getattr(fields, kind)()


def _field(spec):
    options = {'nullable': spec.get('nullable', False), 'read_only': spec.get('read_only', False)}
    if 'default' in spec:
        options['default'] = spec['default']
    kind = spec['type']
    # The library looks for these two by the class of the field, not of its type.
    if kind == 'Object':
        return fields.ObjectField(spec['class'], spec.get('subclasses', False), **options)
    if kind == 'ListOfObjects':
        return fields.ListOfObjectsField(spec['class'], spec.get('subclasses', False), **options)
    if kind == 'ListOfEnum':
        return fields.ListOfEnumField(spec['values'], **options)
    if kind == 'StateMachine':
        machine = type('StateMachine', (fields.StateMachine,), {'ALLOWED_TRANSITIONS': spec['transitions']})
        return machine(spec['values'], **options)
    return fields.Field(_field_type(spec), **options)


def _version_class(spec, parent):
    compat = spec.get('compat', {})
    own_rules, order = compat.get('rules', []), compat.get('super', 'first')

    def obj_make_compatible(self, primitive, target_version):
        if order == 'first':
            super(made, self).obj_make_compatible(primitive, target_version)
        target = version_tuple(target_version)
        for rule in own_rules:
            if target < version_tuple(rule['below']):
                apply(rule, primitive, spec['name'])
        if order == 'last':
            super(made, self).obj_make_compatible(primitive, target_version)

    for member in ('parent', 'mixins', 'methods', 'child_versions'):
        if member in spec:
            raise ValueError('%s %s: a snapshot for this node has no "%s"' % (spec['name'], spec['version'], member))
    body = {'VERSION': spec['version'],
            'fields': {field['name']: _field(field) for field in spec.get('fields', [])},
            'obj_relationships': {name: [tuple(pair) for pair in pairs]
                                  for name, pairs in spec.get('relationships', {}).items()}}
    if own_rules:
        body['obj_make_compatible'] = obj_make_compatible
    made = type(spec['name'], (parent,), body)
    return made


class Classes:
    """The registered classes of one snapshot. OVO's registry is one per process, and so is this."""

    def __init__(self, snapshot):
        self.snapshot = snapshot
        self.release = snapshot['releases'][0]
        self.histories = {history['name']: history for history in snapshot.get('histories', [])}
        self.prefix = snapshot['base']['serial_namespace'] + '.'
        self.specs = {}    # name -> the newest version's member of the snapshot
        self.forward_rules = {}
        base.VersionedObjectRegistry._registry = None
        self.base = type(snapshot['base']['name'], (Persistent, base.VersionedObject), {
            'OBJ_SERIAL_NAMESPACE': snapshot['base']['serial_namespace'],
            'OBJ_PROJECT_NAMESPACE': snapshot['base']['project_namespace']})
        for spec in snapshot['classes']:
            base.VersionedObjectRegistry.register(_version_class(spec, self.base))
        for spec in snapshot['classes']:
            if self.newest(spec['name']).VERSION == spec['version']:
                self.specs[spec['name']] = spec
                self.forward_rules[spec['name']] = spec.get('forward', [])

    def newest(self, name):
        known = base.VersionedObjectRegistry.obj_classes().get(name)
        if not known:
            raise exception.UnsupportedObjectError(objtype=name)
        return known[0]

    def field_specs(self, name):
        return self.specs[name].get('fields', [])

    def contract(self, name, field):
        for contract in self.histories.get(name, {}).get('contracts', []):
            if contract['field'] == field:
                return contract
        return {}

    # Forward: OVO has no such step. An older primitive becomes one of the newest class before it is loaded.

    def forward(self, primitive):
        primitive = copy.deepcopy(primitive)
        self._forward(primitive)
        return primitive

    def _forward(self, primitive):
        if not isinstance(primitive, dict):
            return
        name, label = primitive.get(self.prefix + 'name'), primitive.get(self.prefix + 'version')
        data = primitive.get(self.prefix + 'data')
        known_name = isinstance(name, str) and name in self.forward_rules
        if (not known_name or not isinstance(label, str) or not isinstance(data, dict) or
                primitive.get(self.prefix + 'namespace') != self.base.OBJ_PROJECT_NAMESPACE):
            return  # the look-up will say what is wrong with it
        newest = self.newest(name)
        try:
            version, known = version_tuple(label), version_tuple(newest.VERSION)
        except ValueError:
            return
        if version[0] == known[0] and version < known:
            changes = primitive.get(self.prefix + 'changes')
            for rule in self.forward_rules[name]:
                if version < version_tuple(rule['below']):
                    present = rule.get('from') in data
                    apply(rule, data, name)
                    if isinstance(changes, list):
                        _follow(rule, changes, present)
            if changes == []:
                del primitive[self.prefix + 'changes']
            primitive[self.prefix + 'version'] = newest.VERSION
        elif version != known:
            return
        for field_name, field in newest.fields.items():
            held = data.get(field_name)
            if isinstance(field, (fields.ObjectField, fields.ListOfObjectsField)):
                for item in held if isinstance(held, list) else [held]:
                    self._forward(item)


def _follow(rule, changes, present):
    """A name that moves or goes away in the data does so in `changes`, where it may be without a value."""
    op, name = rule['op'], rule.get('from', rule.get('field', ''))
    if name not in changes:
        return
    if op in ('remove', 'rename'):
        changes.remove(name)
    if op == 'rename' or (op == 'copy' and present):
        if rule['to'] in changes:
            changes.remove(rule['to'])
        changes.append(rule['to'])


class Serializer(base.VersionedObjectSerializer):
    """The library's own, with the forward step before each load."""

    def __init__(self, classes):
        class Forwarding(classes.base):
            @classmethod
            def obj_from_primitive(cls, primitive, context=None):
                return super().obj_from_primitive(classes.forward(primitive), context)

        self.OBJ_BASE_CLASS = Forwarding


class Persistent:
    """OVO's remotable methods. Where an indirection API is set they are calls to a conductor; in a conductor `rows`
    does the work (conductor.py)."""

    rows = None

    @base.remotable
    def create(self):
        self.rows.create(self)

    @base.remotable
    def save(self):
        self.rows.save(self)

    @base.remotable
    def destroy(self):
        self.rows.destroy(self)

    @base.remotable
    def obj_load_attr(self, attrname):
        self.rows.load(self, attrname)

    @base.remotable_classmethod
    def get(cls, context, id):
        return cls.rows.get(cls.obj_name(), id)

    @base.remotable_classmethod
    def list(cls, context, **where):
        return cls.rows.list(cls.obj_name(), where)
