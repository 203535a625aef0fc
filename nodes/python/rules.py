"""The rules of a catalog (docs/objects.md, "Rules") on the data of a primitive: what obj_make_compatible and the
forward step of this node's classes do."""

import re

from oslo_utils import versionutils
from oslo_versionedobjects import exception


def version_tuple(text):
    return versionutils.convert_version_to_tuple(text)


class Slot:
    """The value that a path names: `field`, `field.key` of a Json field, or `field:scheme`, the scheme of a URL."""

    def __init__(self, data, path):
        self.path = path
        self.scheme = path.endswith(':scheme')
        self.field, _, key = path.removesuffix(':scheme').partition('.')
        self.holder, self.name = data, self.field
        if key:
            outer = data.get(self.field)
            self.holder, self.name = (outer if isinstance(outer, dict) else None), key

    @property
    def present(self):
        if self.holder is None or self.name not in self.holder:
            return False
        text = self.holder[self.name]
        return not self.scheme or (isinstance(text, str) and '://' in text)

    def get(self):
        value = self.holder[self.name]
        return value.partition('://')[0] if self.scheme else value

    @property
    def filled(self):
        return self.present and self.get() is not None

    def put(self, value):
        if self.scheme:
            if self.present and isinstance(value, str):
                self.holder[self.name] = value + '://' + self.holder[self.name].partition('://')[2]
        elif self.holder is not None:
            self.holder[self.name] = value

    def erase(self):
        if self.present and not self.scheme:
            del self.holder[self.name]


def _refuse(slot, name):
    raise exception.ObjectActionError(action='obj_make_compatible',
                                      reason='%s.%s not representable' % (name, slot.path))


def _same(a, b):
    """Equal and of one JSON type: 1, 1.0 and true are three values."""
    return type(a) is type(b) and a == b


def _map_value(rule, slot, name):
    if not slot.present:
        return
    for before, after in rule['map']:
        if _same(before, slot.get()):
            return slot.put(after)
    otherwise = rule.get('otherwise', 'keep')
    if otherwise == 'error':
        _refuse(slot, name)
    if otherwise != 'keep':
        slot.put(otherwise['value'])


def _cast(rule, slot, name):
    if slot.filled:
        to = {'string': str, 'integer': int, 'float': float, 'boolean': bool}[rule['to']]
        slot.put(to(slot.get()))


def _clamp(rule, slot, name):
    low, high = rule.get('min'), rule.get('max')
    if slot.filled and low is not None and slot.get() < low:
        slot.put(low)
    elif slot.filled and high is not None and slot.get() > high:
        slot.put(high)


def _drop_keys(rule, slot, name):
    if not slot.scheme and slot.present and isinstance(slot.get(), dict):
        for key in rule['keys']:
            slot.get().pop(key, None)


def _join(rule, slot, name):
    if slot.present and isinstance(slot.get(), list) and all(isinstance(item, str) for item in slot.get()):
        slot.put(rule['sep'].join(slot.get()))


def _first(rule, slot, name):
    if slot.present and isinstance(slot.get(), list):
        slot.put(slot.get()[0] if slot.get() else None)


def _truncate(rule, slot, name):
    if slot.present and isinstance(slot.get(), str):
        slot.put(slot.get()[:rule['length']])


def _require_in(rule, slot, name):
    if slot.filled and slot.get() not in rule['values']:
        _refuse(slot, name)


def _reject_value(rule, slot, name):
    if slot.present and slot.get() in rule['values']:
        _refuse(slot, name)


def _reject_longer(rule, slot, name):
    if slot.present and isinstance(slot.get(), str) and len(slot.get()) > rule['length']:
        _refuse(slot, name)


def _reject_if_set(rule, slot, name):
    if slot.filled:
        _refuse(slot, name)


def _strip_zone(rule, slot, name):
    """"2015-04-30T12:00:00Z" -> "2015-04-30T12:00:00"."""
    if slot.present and isinstance(slot.get(), str):
        slot.put(re.sub(r'(?s)(T[^Z+-]*)[Z+-].*', r'\1', slot.get(), count=1))


def _set_default(rule, slot, name):
    if not slot.filled:
        slot.put(rule['value'])


OPS = {
    'remove': lambda rule, slot, name: slot.erase(),
    'map_value': _map_value, 'cast': _cast, 'set_default': _set_default,
    'set': lambda rule, slot, name: slot.put(rule['value']),
    'require_in': _require_in, 'reject_value': _reject_value, 'reject_if_set': _reject_if_set,
    'reject_longer': _reject_longer, 'truncate': _truncate, 'drop_keys': _drop_keys, 'join': _join,
    'first': _first, 'clamp': _clamp, 'strip_zone': _strip_zone,
}


def apply(rule, data, name):
    """One rule on `data`, the fields of an object of class `name`."""
    op = rule['op']
    if 'if_set' in rule and rule['if_set'] not in data:
        return
    if rule.get('unguarded'):
        data[Slot(data, rule.get('from') or rule.get('field') or rule['into']).field]  # stumbles as careless code does
    if op == 'fold':
        data[rule['into']] = {field: data.pop(field) for field in rule['fields'] if field in data}
    elif op in ('rename', 'copy'):
        source = Slot(data, rule['from'])
        if source.present:
            value = source.get()
            if op == 'rename':
                source.erase()
            Slot(data, rule['to']).put(value)
    elif op in OPS:
        OPS[op](rule, Slot(data, rule['field']), name)
    else:
        raise ValueError('%s: unknown rule "%s"' % (name, op))
