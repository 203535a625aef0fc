#!/usr/bin/python3
"""What the fuzzers start from, made of the recorded cases, the shipped files and seeds/: seeds.py OUT

OUT/TARGET: a file a seed. OUT/TARGET.dict: the words that stand in them.
"""
import glob
import hashlib
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = 4096  # bytes; longer texts make a fuzzer slow
LONG = ('scenario', 'plan', 'run_file')  # where a short one says nothing


def is_primitive(value):
    return isinstance(value, dict) and any(key.endswith('.data') for key in value)


def primitives(value):
    """Every primitive in a document, outermost first."""
    if is_primitive(value):
        yield value
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from primitives(item)


def every_type():
    """Primitives of the class that has a field of each type, one field a seed, whole and wrong."""
    samples = {
        'string': 'text', 'sensitive': None, 'predicate': '>=1.0,<2.0', 'uuid': '6b8f0c1e-90aa-4a4f-8d39-000000000001',
        'mac': '00-1A-2b-3c-4d-5e', 'pci': '0000:0f:1e.7', 'integer': '12', 'count': 3, 'float': '1e3', 'ratio': 0.25,
        'boolean': 'yes', 'flexible': 'on', 'naive': '2024-05-06T07:08:09', 'ip': '10.1', 'ip4': '127.0.0.1',
        'ip6': '::ffff:1.2.3.4', 'ip46': 'fe80::1', 'net': '10.1/255.255.0.0', 'net4': '10.0.0.0/8', 'net6': '::/0',
        'enum': 'a', 'enums': ['a', 'b'], 'state': 'old', 'list': [1, None, '2.5'], 'dict': {'x': {'y': 1}},
        'set': [3, 1, 1], 'times': {'t': '2024-05-06T07:08:09.5+02:00'}, 'json': {'a': [1, 1.5, None, True]},
        'created_at': '2024-05-06T07:08:09Z'}
    wrong = [None, True, -1, 2 ** 63, 2 ** 64 - 1, 1e308, '', 'nan', '٣', [], {}, [[]], {'$int': '1'}, '0x10', '1_0']

    def primitive(name, version, data, **more):
        return {'versioned_object.name': name, 'versioned_object.namespace': 'fuzz',
                'versioned_object.version': version, 'versioned_object.data': data, **more}
    part = primitive('Part', '1.1', {'id': 1, 'note': 'n'})
    parts = primitive('PartList', '1.1', {'objects': [part]}, **{'versioned_object.changes': ['objects']})
    samples.update(part=part, parts=parts, children=[part, part], generic=[part])
    yield primitive('Every', '1.3', samples, **{'versioned_object.changes': sorted(samples)})
    for name, sample in samples.items():
        yield primitive('Every', '1.3', {name: sample})
        for number, value in enumerate(wrong):
            if (number + len(name)) % 3 == 0:
                yield primitive('Every', '1.3', {name: value})


def load(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def seeds():
    """(target, text) of each."""
    for primitive in every_type():
        yield 'primitive', json.dumps(primitive, ensure_ascii=False)
    for path in sorted(glob.glob(os.path.join(ROOT, 'tests/vectors/*.json'))):
        document = load(path)
        for number, primitive in enumerate(primitives(document.get('cases'))):
            if number % 7 == 0:
                yield 'primitive', json.dumps(primitive)
        for catalog in document.get('catalogs', {}).values():
            yield 'catalog', json.dumps(catalog)
    for path in sorted(glob.glob(os.path.join(ROOT, 'objects/sahara/*.json'))):
        document = load(path)
        yield 'catalog', json.dumps(document)
        for member, rows in document.items():  # the long ones, a row at a time
            if isinstance(rows, list):
                for row in rows:
                    yield 'catalog', json.dumps(dict(document, **{member: [row]}))
    history = load(os.path.join(ROOT, 'tests/data/sahara-history.json'))
    yield 'catalog', json.dumps(dict(list(history.items())[:3]))
    for path in sorted(glob.glob(os.path.join(ROOT, 'scenarios/*.yaml'))):
        with open(path, encoding='utf-8') as file:
            yield 'scenario', file.read()
    with open(os.path.join(ROOT, 'docs/scenarios.md'), encoding='utf-8') as file:
        for block in re.findall(r'```(?:yaml|json)\n(.*?)```', file.read(), re.S):
            yield 'scenario', block
    for path in sorted(glob.glob(os.path.join(ROOT, 'tests/fuzz/seeds/*/*'))):
        with open(path, encoding='utf-8') as file:
            yield os.path.basename(os.path.dirname(path)), file.read()


def main():
    out = sys.argv[1]
    words = {}
    for target, text in seeds():
        data = text.encode()
        if len(data) > LIMIT and target not in LONG:
            continue
        folder = os.path.join(out, target)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, hashlib.sha1(data).hexdigest()), 'wb') as file:
            file.write(data)
        words.setdefault(target, set()).update(re.findall(r'[A-Za-z_][A-Za-z_.-]{2,30}', text))
    for target, known in words.items():
        with open(os.path.join(out, target + '.dict'), 'w', encoding='ascii') as file:
            file.writelines('"%s"\n' % word for word in sorted(known)[:2000])


if __name__ == '__main__':
    main()
