"""The engine: provisions, scales and terminates clusters, runs and polls jobs. Each step is a save through a conductor,
10 to 50 ms apart; the states are those of the snapshot's transitions."""

import datetime
import time
import uuid

from protocol import NoReply, RemoteError, Work
from remote import ConductorAPI, PATIENCE
from classes import Serializer
from endings import Ending, OVER, info_of, status_of
from services import Membership

EXPECTED = ('Conflict', 'NotFound', 'ActRefused')  # clients and engines may meet so
OFFER_PATIENCE = 10.0  # seconds that a work is offered to engines that may do it


def number(obj, field, otherwise=0):
    value = getattr(obj, field) if field in obj else None
    return otherwise if value is None else value


def polls_of(job_execution):
    """How long a run polls is its own business: job_configs.configs["caravan.polls"]."""
    configs = job_execution.job_configs if 'job_configs' in job_execution else None
    inner = configs.get('configs') if isinstance(configs, dict) else None
    return inner.get('caravan.polls', 2) if isinstance(inner, dict) else 2


class Engine:
    def __init__(self, peer, classes):
        self.peer, self.classes = peer, classes
        self.serializer = Serializer(classes)
        classes.base.indirection_api = ConductorAPI(peer, classes, self.serializer)
        self.handed_on = {}  # method and operation -> since when
        self.methods = {
            'provision_cluster': self.provision, 'provision_scaled_cluster': self.scale,
            'terminate_cluster': self.terminate, 'run_edp_job': self.run, 'cancel_job_execution': self.cancel,
            'job_execution_suspend': self.suspend, 'delete_job_execution': self.delete_run}

    def join(self, pid):
        Membership(self.peer, pid).join()

    def handle(self, message):
        if message['kind'] not in ('call', 'cast', 'fanout'):
            return
        wrong = self.peer.misfit(message)
        if wrong:
            if message['kind'] == 'call':
                return self.peer.refuse(message, *wrong)
            return self.peer.trouble('%s: %s' % wrong, wrong[0], message.get('operation'), message['id'])
        if message['method'] == 'get_engine_type_and_version':
            return self.peer.reply(message, self.classes.release['engine_version'])
        work = Work(message)
        self.peer.spawn(work, self.serve, message)

    def serve(self, work, message):
        args = message.get('args', {})
        argument = 'job_execution' if 'job_execution' in args else 'cluster'
        if argument not in args:
            raise ValueError('%s came without its %s' % (message['method'], argument))
        if message['method'] not in self.methods:
            raise ValueError('the engine has no method ' + message['method'])
        try:
            work.stage = 'receiving'
            obj = self.serializer.deserialize_entity(work, args[argument])
            work.what += ' ' + obj.id
            self.methods[message['method']](work, obj, args)
        except Exception as error:
            kind = getattr(error, 'type', type(error).__name__)
            self.peer.log('%s ended at %s: %s %s' % (work.what, work.stage, kind, error))
            if kind == 'ActRefused' and self.hand_on(work, message):
                return
            Ending(self, work, message['method']).give_up(args[argument], str(error))
            if kind not in EXPECTED:
                raise

    def hand_on(self, work, message):
        """Not for this release: a newer engine shall do it. False when none took it in time."""
        self.peer.pause()
        since = self.handed_on.setdefault((message['method'], work.operation), time.time())
        if time.time() - since > OFFER_PATIENCE:
            return False
        self.peer.cast(work, 'engine', message['method'], message.get('args', {}), avoid=self.peer.node)
        return True

    def new(self, work, name, **values):
        return self.classes.newest(name)(context=work, **values)

    def new_id(self):
        return str(uuid.UUID(int=self.peer.random.getrandbits(128), version=4))

    def get(self, work, name, row):
        return self.classes.newest(name).get(work, id=row)

    # Clusters.

    def set_status(self, work, cluster, *statuses):
        for status in statuses:
            work.stage = cluster.status = status
            cluster.save()
            self.peer.pause()

    def provision(self, work, cluster, args):
        groups = list(cluster.node_groups) if 'node_groups' in cluster else []
        wanted = [number(group, 'count') for group in groups]
        if 'sahara_info' in cluster.fields:
            cluster.sahara_info = {'infrastructure_engine': self.classes.release['engine_version']}
        self.set_status(work, cluster, 'InfraUpdating', 'Spawning')
        step = None
        if 'ClusterProvisionStep' in self.classes.release['manifest']:  # juno keeps no event log
            step = self.new(work, 'ClusterProvisionStep', id=self.new_id(), cluster_id=cluster.id,
                            step_name='Add instances', step_type='Engine: create cluster', total=sum(wanted))
            if 'tenant_id' in cluster:
                step.tenant_id = cluster.tenant_id
            step.create()
        for group, count in zip(groups, wanted):
            group.count = 0
            group.save()
            self.add_instances(work, cluster, group, 0, count)
        if step is not None:
            self.finish_step(work, step, sum(wanted))
        self.set_status(work, cluster, 'Waiting', 'Preparing', 'Configuring', 'Starting')
        cluster.info = {'engine': self.peer.node}
        self.set_status(work, cluster, 'Active')

    def finish_step(self, work, step, events):
        """As many events as instances; when all are in, the step is successful and its events are deleted with it."""
        for index in range(events):
            self.new(work, 'ClusterEvent', id=self.new_id(), step_id=step.id, successful=True,
                     event_info='%s %d of %d' % (step.step_name, index + 1, events)).create()
        step.successful = True
        step.save()

    def add_instances(self, work, cluster, group, first, last):
        """NodeGroup.count is a running counter: one more for each instance row."""
        for index in range(first, last):
            row, address = self.new_id(), self.peer.random.randbytes(6)
            instance = self.new(
                work, 'Instance', id=row, node_group_id=group.id, instance_id='i-' + row[:8],
                instance_name='%s-%s-%03d' % (cluster.name[:40], group.name[:30], index + 1),
                internal_ip='10.%d.%d.%d' % tuple(address[:3]),
                management_ip='172.%d.%d.%d' % (16 + address[3] % 16, address[4], address[5]), volumes=[])
            if 'tenant_id' in cluster:
                instance.tenant_id = cluster.tenant_id
            if 'storage_devices_number' in instance.fields:
                instance.storage_devices_number = number(group, 'volumes_per_node')
            instance.create()
            group.count = index + 1
            group.save()

    def scale(self, work, cluster, args):
        self.set_status(work, cluster, 'Decommissioning', 'Scaling', 'Scaling: Spawning')
        for row, wanted in args['node_group_id_map'].items():
            group = self.get(work, 'NodeGroup', row)
            now = number(group, 'count')
            instances = list(group.instances) if 'instances' in group else []
            chosen = (args.get('node_group_instance_map') or {}).get(row, [])
            instances.sort(key=lambda instance: instance.id in chosen)  # those that go first are at the end
            for index in range(now, wanted, -1):
                if not instances:
                    break
                instances.pop().destroy()
                group.count = index - 1
                group.save()
            self.add_instances(work, cluster, group, now, wanted)
        self.set_status(work, cluster, 'Scaling: Waiting', 'Scaling: Preparing', 'Configuring', 'Active')

    def terminate(self, work, cluster, args):
        """What came or went under its hands is looked at again: the cluster is to go, no matter what is in the way."""
        until = time.time() + PATIENCE
        while True:
            try:
                return self.take_down(work, cluster.id)
            except (RemoteError, NoReply) as error:
                kind = getattr(error, 'type', '')
                if kind == 'NotFound':
                    return  # somebody else took it down
                if kind not in ('Conflict', '') or time.time() > until:
                    raise
            self.peer.pause()

    def take_down(self, work, row):
        current = self.get(work, 'Cluster', row)
        work.stage = 'instances'
        for group in current.node_groups:
            for instance in group.instances if 'instances' in group else []:
                try:
                    instance.destroy()
                except RemoteError as error:
                    if error.type != 'NotFound':  # else it is gone already
                        raise
        self.peer.pause()
        work.stage = 'cluster'
        current.destroy()

    # Job runs.

    def set_run_status(self, work, job_execution, status):
        """False when the run went another way meanwhile: the conductor refuses a status that does not follow."""
        work.stage = status
        job_execution.info = dict(info_of(job_execution), status=status)
        if status in OVER:
            job_execution.end_time = datetime.datetime.now(datetime.timezone.utc)
        try:
            job_execution.save()
        except RemoteError as error:
            if error.type != 'Conflict':
                raise
            return False
        return True

    def advance(self, work, job_execution, status):
        """The same, where only this work should have moved it: if nothing else did, the work cannot go on."""
        before = status_of(job_execution)
        done = self.set_run_status(work, job_execution, status)
        if not done and status_of(self.get(work, 'JobExecution', job_execution.id)) == before:
            raise RemoteError({'type': 'Conflict', 'message': 'the run stays %s: %s was refused' % (before, status)})
        return done

    def hand_over(self, work, job_execution):
        """Waiting outlives this process: another engine goes on with it."""
        self.peer.cast(work, 'engine', 'run_edp_job', {'job_execution': job_execution.obj_to_primitive()})

    def run(self, work, job_execution, args):
        if status_of(job_execution) != 'PENDING':  # handed over: it runs already, only the polling goes on
            return self.poll(work, job_execution)
        # A run on a cluster that is not Active stays PENDING until provisioning ends.
        if 'cluster_id' in job_execution and job_execution.cluster_id is not None:
            work.stage = 'waiting for the cluster'
            for _ in range(200):
                if self.get(work, 'Cluster', job_execution.cluster_id).status in ('Active', 'Error', 'Deleting'):
                    break
                if self.peer.draining:
                    return self.hand_over(work, job_execution)
                self.peer.pause()
        kind = self.get(work, 'Job', job_execution.job_id).type
        oozie = kind not in ('Spark', 'Shell') and not kind.startswith('Storm')
        job_execution.start_time = datetime.datetime.now(datetime.timezone.utc)
        setattr(job_execution, 'engine_job_id' if 'engine_job_id' in job_execution.fields else 'oozie_job_id',
                '%s-%s' % ('oozie' if oozie else 'pid', self.new_id()))
        if oozie and any(step['to'] == 'READYTORUN' for step in self.classes.snapshot['transitions']):
            if not self.advance(work, job_execution, 'READYTORUN'):
                return
            self.peer.pause()
        if self.advance(work, job_execution, 'RUNNING'):
            self.poll(work, job_execution)

    def poll(self, work, job_execution):
        for left in range(polls_of(job_execution), 0, -1):
            work.stage = 'polling, %d left' % left
            self.peer.pause()
            job_execution = self.get(work, 'JobExecution', job_execution.id)
            if status_of(job_execution) != 'RUNNING':
                return  # cancelled or suspended: somebody else has it
            if self.peer.draining and left > 3:
                return self.hand_over(work, job_execution)
        job_execution.return_code = '0'
        self.advance(work, job_execution, 'SUCCEEDED')

    def cancel(self, work, job_execution, args):
        self.interrupt(work, job_execution, 'TOBEKILLED', 'KILLED')

    def suspend(self, work, job_execution, args):
        self.interrupt(work, job_execution, 'TOBESUSPENDED', 'SUSPENDED')

    def interrupt(self, work, job_execution, wanted, done):
        """Says what is wanted, then that it is done. A run that cannot be interrupted yet is asked again."""
        for _ in range(50):
            current = self.get(work, 'JobExecution', job_execution.id)
            if status_of(current) in OVER:
                return
            marked = self.set_run_status(work, current, wanted)
            self.peer.pause()
            if marked:
                self.advance(work, current, done)
                return

    def delete_run(self, work, job_execution, args):
        self.cancel(work, job_execution, args)
        job_execution.destroy()
