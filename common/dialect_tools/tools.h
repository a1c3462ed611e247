// The commands, one function each: they print to `out` and return the exit code.  Private to this room.  One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>

#include "common/dialect_tools/kit.h"

namespace shopwire::dialect_tools {

constexpr int kGood = 0;
constexpr int kFailed = 1;   // it could not be tried
constexpr int kMistake = 2;  // the file is wrong, or gives what the connector cannot use

struct OfflineOptions {
    std::string file{};       // of the dialect, or the name of a built-in one
    std::string operation{};
    std::string sample{};     // text: an answer for map, an input for render; empty: the example
    std::string input{};      // map: what the operation was called with
    int status = 200;         // map: of HTTP
    std::optional<std::int64_t> since_ms{};
    std::map<std::string, std::string> settings{};  // over the room's example of $connection
    std::string base_url{};
    bool json = false;
};

struct ProbeOptions {
    std::string config_folder{};
    std::string connection{};  // merchant/connection, or the connection alone where one merchant has it
    std::map<std::string, std::string> inputs{};
};

int check(const Kit& kit, const std::string& file, std::ostream& out);
int example(const Kit& kit, const std::string& operation, std::ostream& out);
// Records go to `out`, what is to be said of them to `notes`.
int map(const Kit& kit, const OfflineOptions& options, std::ostream& out, std::ostream& notes);
int render(const Kit& kit, const OfflineOptions& options, std::ostream& out);
int probe(const Kit& kit, const ProbeOptions& options, std::ostream& out);

// Prints each mistake of a dialect; nullopt when there was one.
std::optional<dialect::Dialect> load(const Kit& kit, const std::string& file, std::ostream& out);
// nullptr, with a word to `out`: the connector has no such operation.
const dialect::OperationWords* words_of(const Kit& kit, const std::string& operation, std::ostream& out);

}  // namespace shopwire::dialect_tools
