"""What the suite asks of the mutator and of the judge: sample.py CARAVAN [unittest's words]

kept/ has a few recordings; sample.txt says for each class in which of them an owner names its change first, or that none does
today. CARAVAN_GOLDEN=write writes sample.txt anew. ./dev nightly recordings asks about all classes in many more recordings.
"""
import concurrent.futures
import functools
import lzma
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from edit import Edit  # noqa: E402
from judging import SURVIVED, UNDECIDED, judge, word_of  # noqa: E402
from matrix import Tally, table  # noqa: E402
from recording import Recording  # noqa: E402
from table import BENIGN, EQUIVALENT, HARMFUL, PROPERTIES  # noqa: E402
import runs  # noqa: E402

CARAVAN = ''
TABLE = os.path.join(HERE, 'sample.txt')
OPEN = 'nobody today'
HEAD = '# Property, class, and the recording of kept/ in which an owner of the property names the change first.\n'


@functools.lru_cache(maxsize=None)
def recordings():
    """Those that are kept, the short ones first."""
    found = []
    for name in os.listdir(os.path.join(HERE, 'kept')):
        with lzma.open(os.path.join(HERE, 'kept', name), 'rt', encoding='utf-8', newline='\n') as file:
            found.append(Recording(file.read().rstrip('\n').split('\n'), name.split('.ndjson')[0]))
    return sorted(found, key=lambda recording: len(recording.lines))


def ask(lines):
    with tempfile.TemporaryDirectory() as folder:
        return judge(CARAVAN, lines, folder)


def at_once(function, values):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, values))


def caught_in(kind):
    """The shortest recording in which an owner names the change first; the one of the last time, if it still does."""
    for recording in sorted(recordings(), key=lambda one: one.name != read_table().get(kind.name)):
        edit = kind.edit(recording)
        if edit is not None and ask(edit.text())[0] in kind.owners:
            return recording.name
    return OPEN


def write_table():
    names = at_once(caught_in, HARMFUL)
    with open(TABLE, 'w', encoding='utf-8') as file:
        file.write(HEAD)
        for kind, name in zip(HARMFUL, names):
            file.write('%2d | %s | %s\n' % (kind.property, kind.name, name))


def read_table():
    if not os.path.exists(TABLE):
        return {}
    with open(TABLE, encoding='utf-8') as file:
        return {name: recording for _, name, recording in (
            line.rstrip('\n').split(' | ') for line in file if not line.startswith('#'))}


class Classes(unittest.TestCase):
    def test_there_are_enough_of_them_with_a_name_of_their_own(self):
        self.assertGreaterEqual(len(HARMFUL), 120)
        self.assertGreaterEqual(len(BENIGN), 16)
        names = [kind.name for kind in HARMFUL + BENIGN]
        self.assertEqual(len(names), len(set(names)))

    def test_each_property_has_some(self):
        self.assertEqual({kind.property for kind in HARMFUL}, set(PROPERTIES))

    def test_each_changes_a_recording_and_the_same_way_each_time(self):
        for kind in HARMFUL + BENIGN:
            with self.subTest(kind.name):
                for recording in recordings():
                    edit = kind.edit(recording)
                    if edit is not None:
                        lines = edit.text()
                        self.assertFalse(lines == recording.lines)
                        self.assertTrue(lines == kind.edit(recording).text())
                        break

    def test_an_equivalent_change_names_a_class_and_has_a_reason(self):
        for (name, _), reason in EQUIVALENT.items():
            self.assertIn(name, [kind.name for kind in HARMFUL])
            self.assertGreater(len(reason), 20)

    def test_thirty_runs_and_more_are_recorded_and_each_has_a_name(self):
        names = [name for name, _ in runs.wanted()]
        self.assertGreaterEqual(len(names), 30)
        self.assertEqual(len(names), len(set(names)))


class Edits(unittest.TestCase):
    def test_a_recording_that_nothing_changes_stays_as_it_is(self):
        recording = recordings()[0]
        self.assertTrue(Edit(recording).text() == recording.lines)

    def test_events_and_changes_are_numbered_anew(self):
        recording = recordings()[0]
        edit = Edit(recording)
        edit.undo(recording.of('change')[3:5])
        edited = Recording(edit.text())
        self.assertEqual([event['n'] for event in edited.events], list(range(len(recording.lines) - 2)))
        numbers = [edited.events[index]['sequence'] for index in edited.of('change')]
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_what_is_undone_is_undone_in_what_follows(self):
        recording = recordings()[0]
        index = next(index for index in recording.of('change') if recording.events[index]['action'] == 'update' and
                     recording.events[index]['column'] == 'updated_at' and recording.events[index]['table'] in recording.final)
        event = recording.events[index]
        edit = Edit(recording)
        edit.undo([index])
        edited = Recording(edit.text())
        later = [edited.events[place] for place in edited.changes.get((event['table'], event['key']), ())
                 if edited.events[place]['column'] == 'updated_at' and place >= index]
        now = later[0]['old'] if later else edited.rows[event['table'], event['key']]['updated_at']
        self.assertEqual(now, event['old'])


class Matrix(unittest.TestCase):
    def test_a_class_holds_if_nothing_survives_and_its_owner_speaks_first(self):
        self.assertTrue(Tally(1, 'x', right=['a'] * 19, others={'b': 'frame'}).holds())
        self.assertFalse(Tally(1, 'x', right=['a'] * 18, others={'b': 'frame'}).holds())
        self.assertFalse(Tally(1, 'x', right=['a'] * 99, survived=['b']).holds())
        self.assertFalse(Tally(1, 'x', nowhere=['a']).holds())
        self.assertEqual(Tally(1, 'x', right=['a'], others={'b': 'frame'}, survived=['c']).complaint(),
                         '1 of 3 survive: c; named by frame (1)')

    def test_the_table_has_a_row_for_each_class_and_what_is_open(self):
        text = table([Tally(1, 'goes back', right=['a', 'b'], survived=['c']),
                      Tally(8, 'twice', right=['a'], others={'b': UNDECIDED}, equivalent={'d': 'nobody reads it'})],
                     {1: 'holds', 8: 'told'})
        self.assertRegex(text, r'1  goes back +3 +2 +0 +0 +1\n')
        self.assertRegex(text, r'8  twice +2 +1 +0 +1 +0\n')
        self.assertRegex(text, r'2 classes +5 +3 +0 +1 +1 +60 %')
        self.assertIn('goes back: 1 of 3 survive: c\n', text)
        self.assertIn('twice, d: nobody reads it\n', text)

    def test_the_word_of_a_report_is_its_first_failure(self):
        def report(verdict, first='', **checks):
            return {'verdict': verdict, 'first': first,
                    'checks': [{'check': name, 'verdict': said, 'witnesses': []} for name, said in checks.items()]}
        self.assertEqual(word_of(report('pass', frame='pass'))[0], SURVIVED)
        self.assertEqual(word_of(report('fail', 'frame', pin='fail', frame='fail'))[0], 'frame')
        self.assertEqual(word_of(report('unknown', pin='unknown'))[0], UNDECIDED)
        self.assertEqual(word_of(report('unknown', evidence='unknown', pin='pass'))[0], 'evidence')


class Judge(unittest.TestCase):
    def test_has_nothing_to_say_of_the_kept_recordings(self):
        for recording, (word, what) in zip(recordings(), at_once(lambda one: ask(one.lines), recordings())):
            with self.subTest(recording.name):
                self.assertEqual((word, what), (SURVIVED, ''))

    def test_has_nothing_to_say_of_benign_changes(self):
        def said(kind):
            places = [edit for edit in map(kind.edit, recordings()) if edit is not None]
            return [ask(edit.text()) for edit in places[:2]]
        for kind, words in zip(BENIGN, at_once(said, BENIGN)):
            with self.subTest(kind.name):
                self.assertTrue(words, 'no recording has a place for it')
                self.assertEqual({word for word, _ in words}, {SURVIVED}, words)

    def test_names_the_harm_by_its_owner_first(self):
        by_name = {recording.name: recording for recording in recordings()}
        caught = [(kind, by_name[read_table()[kind.name]]) for kind in HARMFUL if read_table()[kind.name] != OPEN]
        words = at_once(lambda pair: ask(pair[0].edit(pair[1]).text()), caught)
        for (kind, recording), (word, what) in zip(caught, words):
            with self.subTest(kind.name):
                self.assertIn(word, kind.owners, '%s: %s' % (recording.name, what))

    def test_the_sample_names_every_class(self):
        self.assertEqual(list(read_table()), [kind.name for kind in HARMFUL])


if __name__ == '__main__':
    CARAVAN = os.path.abspath(sys.argv.pop(1))
    if os.environ.get('CARAVAN_GOLDEN') == 'write':
        write_table()
    unittest.main()
