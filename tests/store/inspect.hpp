// What a SQLite file really holds, read past the store.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/sql_session.hpp"

namespace caravan::test {

/// Rows of a statement, each as its columns' text joined by "|"; NULL is "-".
std::vector<std::string> rows_of(const std::string& url, const std::string& sql, int columns);

/// Tables, triggers and their definitions: equal texts, equal schemas.
std::vector<std::string> schema_text(const std::string& url);

/// Runs statements as a stranger would.
void execute(const std::string& url, const std::vector<std::string>& statements);

}  // namespace caravan::test
