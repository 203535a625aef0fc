#include "nodes/store/sql/schema_state.hpp"

namespace caravan::nodes {
namespace {

std::vector<Cell> state_cells(const SchemaState& state) {
  return {text_cell(state.release), text_cell(state.previous),      text_cell(state.target),
          text_cell(state.phase),   integer_cell(state.generation), text_cell(state.progress)};
}

}  // namespace

SchemaState read_state(SqlSession& session) {
  SchemaState state;
  bool found = false;
  std::vector<Cell> out(6);
  out[4].kind = Kind::integer;
  session.run("select \"release\", previous, target, phase, generation, progress from caravan_schema", {},
              out, [&] {
                found = true;
                state = {out[0].text, out[1].text, out[2].text, out[3].text, out[4].integer, out[5].text};
              });
  if (!found) throw StoreError(StoreError::Kind::machine, "caravan_schema is empty");
  return state;
}

// An update, never a new row: other writers wait for the lock of this one.
void write_state(SqlSession& session, const SchemaState& state) {
  session.run(
      "update caravan_schema set \"release\" = :p0, previous = :p1, target = :p2, phase = :p3, generation = "
      ":p4, "
      "progress = :p5",
      state_cells(state));
}

void create_state(SqlSession& session, const SchemaState& state) {
  session.run(
      "insert into caravan_schema (one, \"release\", previous, target, phase, generation, progress) "
      "values (1, :p0, :p1, :p2, :p3, :p4, :p5)",
      state_cells(state));
}

}  // namespace caravan::nodes
