// An ordered map on disk or in memory: all that a Store needs of its database.  Internal to common/state; thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/state/store.h"

namespace shopwire::state {

struct Change {
    std::string key{};
    std::optional<std::string> value{};  // nullopt: remove
};

// Walks keys in ascending order; sees the state at the time it was made.  One thread.
class Cursor {
 public:
    virtual ~Cursor() = default;
    virtual bool valid() const = 0;
    virtual void next() = 0;
    virtual std::string_view key() const = 0;
    virtual std::string_view value() const = 0;
    virtual Status status() const = 0;  // why it is not valid, if not for the end
};

// Every Database is one.
class Backend : public Database {
 public:
    virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
    virtual Status write(const std::vector<Change>& changes) = 0;  // all or nothing
    virtual Status erase(std::string_view prefix) = 0;             // all keys that start with it
    virtual std::unique_ptr<Cursor> seek(std::string_view key) const = 0;
};

// Makes the folder's RocksDB anew when it is damaged: the changelogs rebuild it.
Result<std::unique_ptr<Backend>> open_rocks(const std::string& folder);
std::unique_ptr<Backend> make_memory();

// The smallest text greater than all that start with `prefix`; empty: there is none.
std::string end_of_prefix(std::string_view prefix);

}  // namespace shopwire::state
