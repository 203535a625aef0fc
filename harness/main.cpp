#include "harness/cli.hpp"

int main(int argc, char** argv) { return caravan::command_line(argc, argv); }
