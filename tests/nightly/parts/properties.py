"""Every property with other seeds than ./dev test has, and more cases of each."""
from cases import command

about = '10 seeds, 1,000 cases of each property (100 on a database server)'
setup = ['build', 'test']
jobs = 2


def cases():
    yield command('build', ['./dev', 'build'], first=True)
    for seed in range(2, 12):
        for folder in ('objects', 'reports', 'scenarios', 'store'):
            yield command('%s seed %d' % (folder, seed),
                          ['env', 'RC_PARAMS=seed=%d max_success=1000' % seed, 'build/release/bin/test-' + folder,
                           '--gtest_filter=*Properties.*', '--gtest_brief=1'])
