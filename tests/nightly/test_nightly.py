"""What ./dev nightly promises: one table, exit code 1 on any miss, and nothing that held is run twice."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nightly  # noqa: E402

PART = '''
from cases import Case, Miss
about = 'counts its calls'
setup = []
def call(folder, name):
    with open(%(calls)r, 'a') as file:
        file.write(name + '\\n')
    if name == %(bad)r:
        raise Miss('seven were expected, eight were seen')
    return 'ratio 7' if name == 'b' else None
def cases():
    for name in 'abc':
        yield Case(name, lambda folder, name=name: call(folder, name), first=name == %(first)r)
'''


class Nightly(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.calls = os.path.join(self.folder.name, 'calls')
        os.mkdir(os.path.join(self.folder.name, 'parts'))

    def write(self, bad='', first=''):
        with open(os.path.join(self.folder.name, 'parts', 'one.py'), 'w', encoding='utf-8') as file:
            file.write(PART % {'calls': self.calls, 'bad': bad, 'first': first})

    def run_it(self, *words, tree='t1'):
        """Exit code, what was printed, and the cases that were called."""
        open(self.calls, 'w').close()
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = nightly.main(list(words), os.path.join(self.folder.name, 'parts'),
                                os.path.join(self.folder.name, 'kept'), tree)
        with open(self.calls, encoding='utf-8') as file:
            return code, out.getvalue() + err.getvalue(), ''.join(file.read().split())

    def test_ends_in_a_table_with_the_figures(self):
        self.write()
        code, text, calls = self.run_it()
        self.assertEqual((code, calls), (0, 'abc'))
        self.assertRegex(text, r'one +3 +0 +0 +0 .* ratio 7')

    def test_a_table_of_a_part_stands_below_the_figures(self):
        self.write()
        with open(os.path.join(self.folder.name, 'parts', 'one.py'), 'a', encoding='utf-8') as file:
            file.write("def table():\n    return 'a of b: 7'\n")
        self.assertRegex(self.run_it()[1], r'(?s)one +3 .*\na of b: 7\n')

    def test_a_miss_is_told_and_turns_the_exit_code(self):
        self.write(bad='b')
        code, text, calls = self.run_it('one')
        self.assertEqual((code, calls), (1, 'abc'))
        self.assertIn('missed: one b: seven were expected, eight were seen', text)

    def test_what_held_is_not_run_again_at_the_same_state_of_the_tree(self):
        self.write(bad='b')
        self.run_it()
        self.write()
        self.assertEqual(self.run_it()[::2], (0, 'b'))
        self.assertEqual(self.run_it()[::2], (0, ''))
        self.assertEqual(self.run_it(tree='t2')[::2], (0, 'abc'))
        self.assertEqual(self.run_it('--again', tree='t2')[::2], (0, 'abc'))

    def test_what_the_others_need_is_never_skipped_and_its_miss_ends_the_part(self):
        self.write(first='b')
        self.assertEqual(self.run_it()[::2], (0, 'bac'))
        self.assertEqual(self.run_it()[::2], (0, 'b'))
        self.write(first='b', bad='b')
        code, text, calls = self.run_it(tree='t2')
        self.assertEqual((code, calls), (1, 'b'))
        self.assertIn('left: 2 of one', text)

    def test_a_part_has_its_time_and_what_is_left_counts_as_a_miss(self):
        self.write()
        code, text, calls = self.run_it('--minutes', '0')
        self.assertEqual((code, calls), (1, ''))
        self.assertIn('left: 3 of one; ./dev nightly one goes on', text)

    def test_a_word_that_is_not_a_part_is_a_bad_request(self):
        self.write()
        code, text, calls = self.run_it('two')
        self.assertEqual((code, calls), (2, ''))
        self.assertIn('One of one was expected', text)

    def test_each_shipped_part_says_what_it_measures_and_names_no_case_twice(self):
        for name in nightly.names(nightly.PARTS):
            with self.subTest(name):
                part = nightly.load(nightly.PARTS, name)
                names = [case.name for case in part.cases()]
                self.assertTrue(part.about and part.setup and names)
                self.assertEqual(len(names), len(set(names)))


if __name__ == '__main__':
    unittest.main()
