#include "harness/cli/commands.hpp"

int main(int argc, char** argv) { return caravan::command_line(argc, argv); }
