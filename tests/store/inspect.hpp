// What a database really holds, read past the store.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/sql/session.hpp"

namespace caravan::nodes::test {

/// Rows of a statement, each as its columns' text joined by "|"; NULL is "-".
std::vector<std::string> rows_of(const std::string& url, const std::string& sql, int columns);

/// Tables, columns and keys, sorted: servers add columns at the end.
std::vector<std::string> described(const Schema& tables);
/// As the database says them.
std::vector<std::string> described(const std::string& url);

/// Tables, triggers and their definitions of a SQLite file, in its own words; of servers what `described`
/// says. Equal texts, equal schemas.
std::vector<std::string> schema_text(const std::string& url);

/// Runs statements as a stranger would.
void execute(const std::string& url, const std::vector<std::string>& statements);

}  // namespace caravan::nodes::test
