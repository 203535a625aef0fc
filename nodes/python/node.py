#!/usr/bin/python3 -BE
"""A node of a Caravan run in Python, on the real oslo.versionedobjects: an engine or a conductor.
It speaks docs/node-protocol.md and builds its classes from the snapshot of its own release."""

import argparse
import json
import os
import sys

try:
    from classes import Classes
    from protocol import REQUEST_DEADLINE, Peer
except ModuleNotFoundError as missing:
    sys.exit('%s; this node needs python3-oslo.versionedobjects and python3-zmq' % missing)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--node', required=True, help='name, such as engine.2')
    parser.add_argument('--incarnation', type=int, default=1, help='how many times this node has been started')
    parser.add_argument('--role', required=True, choices=('conductor', 'engine'))
    parser.add_argument('--release', required=True, help='such as kilo')
    parser.add_argument('--snapshot', required=True, help='catalog of that release')
    parser.add_argument('--connect', required=True, help="the harness's endpoint")
    parser.add_argument('--database', default=os.environ.get('CARAVAN_DATABASE'), help='URL; conductors only')
    parser.add_argument('--access', default='conductor', choices=('conductor',), help='how nodes reach the data')
    parser.add_argument('--compat', default='backport', choices=('backport', 'none'), help='what they do about versions')
    parser.add_argument('--config', default='{}', help='options of other nodes; this one has none')
    parser.add_argument('--seed', default='1', help='of the run')
    parser.add_argument('--plant', default='', help='a planted defect')
    parser.add_argument('--request-deadline', type=int, default=REQUEST_DEADLINE,
                        help='microseconds after which a call without a reply is indeterminate')
    return parser.parse_args()


def load(path, release):
    with open(path, encoding='utf-8') as file:
        snapshot = json.load(file)
    if [known['name'] for known in snapshot['releases']] != [release]:
        sys.exit('%s is not a snapshot of %s' % (path, release))
    return Classes(snapshot)


def main():
    given = arguments()
    token = os.environ.pop('CARAVAN_TOKEN', '')  # nobody else's to see
    if not token:
        sys.exit('the variable CARAVAN_TOKEN is missing; docs/node-protocol.md, "Transport"')
    classes = load(given.snapshot, given.release)
    peer = Peer(given.node, given.incarnation, given.role, classes.release, given.seed, given.connect, token, given.compat,
                given.request_deadline)
    if given.role == 'engine':
        from engine import Engine
        role = Engine(peer, classes)
    else:
        if given.plant:
            sys.exit('this conductor has no defect %s to plant; a rule of the catalog can be, such as F01' % given.plant)
        from conductor import Conductor
        role = Conductor(peer, classes, given.database)
    role.join(os.getpid())
    sys.exit(peer.run(role.handle))


if __name__ == '__main__':
    main()
