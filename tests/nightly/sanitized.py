"""The suite under a sanitizer, folder by folder: what asan and tsan share."""
import cases as nightly


def cases(kind):
    yield nightly.command('build', ['./dev', 'build', kind], first=True)
    folders = nightly.test_folders()
    for folder in folders:
        yield nightly.command(folder, ['./dev', 'sanitize', kind, '-L', '^%s$' % folder])
    yield nightly.command('the rest', ['./dev', 'sanitize', kind, '-LE', '^(%s)$' % '|'.join(folders)])
