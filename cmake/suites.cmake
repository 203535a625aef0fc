# Writes one ctest entry, FOLDER.SUITE, for each suite of GoogleTest cases in PROGRAM: what its cases share is made once.
# cmake -DFOLDER=NAME -DPROGRAM=FILE -DEXCEPT=PATTERN -DPROPERTIES=TEXT -DOUT=FILE -P suites.cmake
execute_process(COMMAND ${PROGRAM} --gtest_list_tests --gtest_filter=-${EXCEPT} OUTPUT_VARIABLE listed
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\n  [^\n]*" "" listed "\n${listed}")  # the cases
string(REGEX MATCHALL "\n[^ \n]+\\." suites "${listed}")
set(text "")
foreach(suite IN LISTS suites)
  string(REGEX REPLACE "^\n|\\.$" "" suite "${suite}")
  # Of a skipped case --gtest_brief leaves nothing but this word; it counts as a failure.
  string(APPEND text
    "add_test([=[${FOLDER}.${suite}]=] [=[${PROGRAM}]=] --gtest_brief=1 [=[--gtest_filter=${suite}.*:-${EXCEPT}]=])\n"
    "set_tests_properties([=[${FOLDER}.${suite}]=] PROPERTIES ${PROPERTIES}\n"
    "  FAIL_REGULAR_EXPRESSION [=[\\[  SKIPPED \\]]=])\n")
endforeach()
file(WRITE ${OUT} "${text}")
