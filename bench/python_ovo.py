#!/usr/bin/python3
"""The Python library on the tree of bench/objects.cpp: a Cluster of 3 NodeGroups of 5 Instances, 19 objects.

    /usr/bin/python3 bench/python_ovo.py [--seconds 0.3]     calls per second of CPU, one JSON object
    /usr/bin/python3 bench/python_ovo.py --results           what the calls give, for bench/compare.py

Needs Debian's python3-oslo.versionedobjects.
"""
import argparse
import datetime
import json
import logging
import time
import warnings

logging.disable(logging.CRITICAL)
warnings.simplefilter('ignore')

from oslo_versionedobjects import base     # noqa: E402
from oslo_versionedobjects import fields   # noqa: E402
from oslo_versionedobjects import fixture  # noqa: E402

NOW = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
STATES = ['Validating', 'Spawning', 'Configuring', 'Starting', 'Active', 'Deleting', 'Error']
OLD = {'Cluster': '1.0', 'NodeGroup': '1.0', 'Instance': '1.0'}


def uid(n):
    return '6b8f0c1e-90aa-4a4f-8d39-%012x' % n


def nested_texts():
    return fields.Field(fields.Dict(fields.Dict(fields.String())))


class SaharaObject(base.VersionedObject):
    OBJ_PROJECT_NAMESPACE = 'sahara'


def below_1_1(version):
    return tuple(map(int, version.split('.'))) < (1, 1)


@base.VersionedObjectRegistry.register
class Instance(base.TimestampedObject, SaharaObject):
    VERSION = '1.1'
    fields = {
        'id': fields.UUIDField(),
        'instance_name': fields.StringField(),
        'internal_ip': fields.IPAddressField(nullable=True),
        'management_ip': fields.IPAddressField(nullable=True),
        'volumes': fields.ListOfStringsField(),
        'dns_hostname': fields.StringField(nullable=True)}

    def obj_make_compatible(self, primitive, target_version):
        super().obj_make_compatible(primitive, target_version)
        if below_1_1(target_version):
            primitive.pop('dns_hostname', None)


@base.VersionedObjectRegistry.register
class NodeGroup(base.TimestampedObject, SaharaObject):
    VERSION = '1.1'
    fields = {
        'id': fields.UUIDField(),
        'name': fields.StringField(),
        'tenant_id': fields.StringField(),
        'flavor_id': fields.StringField(),
        'image_id': fields.UUIDField(nullable=True),
        'node_processes': fields.ListOfStringsField(),
        'node_configs': nested_texts(),
        'volumes_per_node': fields.NonNegativeIntegerField(default=0),
        'volumes_size': fields.IntegerField(nullable=True),
        'volume_type': fields.StringField(nullable=True),
        'count': fields.NonNegativeIntegerField(),
        'auto_security_group': fields.BooleanField(default=True),
        'is_proxy_gateway': fields.BooleanField(default=False),
        'instances': fields.ListOfObjectsField('Instance')}

    def obj_make_compatible(self, primitive, target_version):
        super().obj_make_compatible(primitive, target_version)
        if below_1_1(target_version):
            primitive.pop('is_proxy_gateway', None)


@base.VersionedObjectRegistry.register
class Cluster(base.TimestampedObject, SaharaObject):
    VERSION = '1.1'
    fields = {
        'id': fields.UUIDField(),
        'name': fields.StringField(),
        'description': fields.StringField(nullable=True),
        'tenant_id': fields.StringField(),
        'trust_id': fields.StringField(),
        'is_transient': fields.BooleanField(default=False),
        'is_public': fields.BooleanField(default=False),
        'is_protected': fields.BooleanField(default=False),
        'plugin_name': fields.StringField(),
        'hadoop_version': fields.StringField(),
        'cluster_configs': nested_texts(),
        'default_image_id': fields.UUIDField(nullable=True),
        'neutron_management_network': fields.UUIDField(nullable=True),
        'anti_affinity': fields.ListOfStringsField(),
        'management_private_key': fields.SensitiveStringField(),
        'management_public_key': fields.StringField(),
        'user_keypair_id': fields.StringField(nullable=True),
        'status': fields.EnumField(STATES),
        'status_description': fields.StringField(nullable=True),
        'info': nested_texts(),
        'extra': fields.DictOfNullableStringsField(nullable=True),
        'rollback_info': fields.DictOfNullableStringsField(nullable=True),
        'sahara_info': fields.DictOfStringsField(nullable=True),
        'use_autoconfig': fields.BooleanField(default=True),
        'cluster_template_id': fields.UUIDField(nullable=True),
        'shares': fields.ListOfDictOfNullableStringsField(nullable=True),
        'domain_name': fields.StringField(nullable=True),
        'node_groups': fields.ListOfObjectsField('NodeGroup')}

    def obj_make_compatible(self, primitive, target_version):
        super().obj_make_compatible(primitive, target_version)
        if below_1_1(target_version):
            primitive.pop('domain_name', None)
            if primitive.get('status') == 'Starting':
                primitive['status'] = 'Configuring'


def build_instance(g, i):
    return Instance(
        id=uid(100 + 10 * g + i), instance_name='g%d-%d' % (g, i), internal_ip='10.0.%d.%d' % (g, i),
        management_ip='172.16.%d.%d' % (g, i), volumes=['v%d' % i, 'w%d' % i], dns_hostname=None,
        created_at=NOW)


def build_group(g):
    return NodeGroup(
        id=uid(g), name='group-%d' % g, tenant_id='t1', flavor_id='42', image_id=uid(900),
        node_processes=['namenode', 'datanode'],
        node_configs={'HDFS': {'dfs.replication': '3', 'heap': '1024'}, 'YARN': {'heap': '2048'}},
        volumes_per_node=2, volumes_size=10, volume_type='lvm', count=5, auto_security_group=True,
        is_proxy_gateway=False, created_at=NOW, updated_at=NOW,
        instances=[build_instance(g, i) for i in range(5)])


def build():
    return Cluster(
        id=uid(500), name='prod', description='production', tenant_id='t1', trust_id='tr',
        is_transient=False, is_public=False, is_protected=True, plugin_name='vanilla',
        hadoop_version='2.7.1',
        cluster_configs={'HDFS': {'dfs.blocksize': '128m'}, 'general': {'timeout': '300'}},
        default_image_id=uid(900), neutron_management_network=uid(901), anti_affinity=['namenode'],
        management_private_key='k' * 400, management_public_key='p' * 200, user_keypair_id='kp',
        status='Starting', status_description='',
        info={'HDFS': {'NameNode': 'hdfs://x:9000', 'Web UI': 'http://x:50070'}},
        extra={'a': 'b', 'c': None}, rollback_info=None,
        sahara_info={'infrastructure_engine': 'heat'}, use_autoconfig=True,
        cluster_template_id=uid(902), shares=[{'id': uid(3), 'path': None}],
        domain_name='example.org', created_at=NOW, updated_at=None,
        node_groups=[build_group(g) for g in range(3)])


TREE = build()
PRIMITIVE = TREE.obj_to_primitive()
TEXT = json.dumps(PRIMITIVE)
CHECKER = fixture.ObjectVersionChecker(base.VersionedObjectRegistry.obj_classes())


def read_text(text):
    return SaharaObject.obj_from_primitive(json.loads(text))


def write_text(tree):
    return json.dumps(tree.obj_to_primitive())


CASES = {
    'construct': build,
    'to_primitive': TREE.obj_to_primitive,
    'from_primitive': lambda: SaharaObject.obj_from_primitive(PRIMITIVE),
    'text_to_object': lambda: read_text(TEXT),
    'object_to_text': lambda: write_text(TREE),
    'object_to_text_to_object': lambda: read_text(write_text(TREE)),
    'backport_with_manifest': lambda: TREE.obj_to_primitive('1.0', version_manifest=OLD),
    'what_changed': TREE.obj_what_changed,
    'clone': TREE.obj_clone,
    'manifest': lambda: base.obj_tree_get_versions('Cluster'),
    'fingerprint': lambda: CHECKER._get_fingerprint('Cluster'),
}


def rate(call, seconds):
    """Calls per second of this process's CPU time."""
    call()
    calls, spent = 1, 0.0
    while spent < seconds:
        begin = time.process_time()
        for _ in range(calls):
            call()
        spent = time.process_time() - begin
        if spent < seconds:
            calls = max(2 * calls, int(1.2 * calls * seconds / max(spent, 1e-6)) if spent > 0.01 else 0)
    return calls / spent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=0.3)
    parser.add_argument('--results', action='store_true')
    options = parser.parse_args()
    if options.results:
        print(json.dumps({
            'tree': PRIMITIVE, 'read_again': read_text(TEXT).obj_to_primitive(),
            'backported': TREE.obj_to_primitive('1.0', version_manifest=OLD),
            'changed': sorted(TREE.obj_what_changed()),
            'manifest': base.obj_tree_get_versions('Cluster'),
            'fingerprint': CHECKER.get_hashes()['Cluster']}))
    else:
        print(json.dumps({name: rate(call, options.seconds) for name, call in CASES.items()}))


if __name__ == '__main__':
    main()
