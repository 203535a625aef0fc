#include "harness/cli/commands.hpp"

int main(int argc, char** argv) { return caravan::harness::command_line(argc, argv); }
