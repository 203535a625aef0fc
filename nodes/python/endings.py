"""How a work ends that cannot go on: whatever an engine hears, what it worked on comes to rest."""

import datetime
import time

from oslo_versionedobjects import exception

from protocol import NoReply, RemoteError
from remote import PATIENCE

OVER = ('SUCCEEDED', 'FAILED', 'KILLED', 'DONEWITHERROR')


def status_of(job_execution):
    return info_of(job_execution).get('status', '')


def info_of(job_execution):
    info = job_execution.info if 'info' in job_execution else None
    return info if isinstance(info, dict) else {}


def end_of(method, status):
    """Where a run goes whose work cannot go on; '' if it is over, or in other hands."""
    if status == 'TOBEKILLED':
        return '' if method == 'run_edp_job' else 'KILLED'
    if status == 'TOBESUSPENDED':
        return 'SUSPENDFAILED' if method == 'job_execution_suspend' else ''
    resting = status in OVER or status in ('SUSPENDED', 'PREPSUSPENDED', 'SUSPENDFAILED')
    return 'FAILED' if method == 'run_edp_job' and not resting else ''


class Ending:
    def __init__(self, engine, work, method):
        self.engine, self.work, self.method = engine, work, method

    def give_up(self, primitive, why):
        """`primitive` is the object of the message as it came: it may be what could not be read."""
        prefix, until = self.engine.classes.prefix, time.time() + PATIENCE
        name = primitive.get(prefix + 'name') if isinstance(primitive, dict) else None
        data = primitive.get(prefix + 'data') if name in ('Cluster', 'JobExecution') else None
        row = data.get('id') if isinstance(data, dict) else None
        while isinstance(row, str):
            try:
                return self.end_cluster(row, why) if name == 'Cluster' else self.end_run(row)
            except (RemoteError, NoReply) as error:
                kind = getattr(error, 'type', '')
                if kind == 'NotFound':
                    return
                if kind not in ('Conflict', '') or time.time() > until:
                    raise
            self.engine.peer.pause()

    def find(self, name, row):
        """The row as this release reads it, or an object that knows its id alone."""
        try:
            return self.engine.get(self.work, name, row)
        except RemoteError as error:
            if error.type in ('NotFound', 'DatabaseBusy'):
                raise
        except (exception.VersionedObjectsException, ValueError):
            pass
        blank = self.engine.new(self.work, name, id=row)
        blank.obj_reset_changes()
        return blank

    def end_cluster(self, row, why):
        cluster = self.find('Cluster', row)
        if 'status' in cluster and cluster.status in ('Active', 'Error', 'Deleting'):
            return  # another engine brought it to rest, or it is being deleted
        scaling = self.method == 'provision_scaled_cluster'
        cluster.status_description = '%s cluster failed for the following reason(s): %s' % (
            'Scaling' if scaling else 'Creating', why)
        self.engine.set_status(self.work, cluster, 'Error')

    def end_run(self, row):
        run = self.find('JobExecution', row)
        ending = end_of(self.method, status_of(run))
        if ending:
            run.info = dict(info_of(run), status=ending)
            if ending in OVER:
                run.end_time = datetime.datetime.now(datetime.timezone.utc)
            run.save()
