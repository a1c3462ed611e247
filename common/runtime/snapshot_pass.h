// One whole reading of what a connection has: staged, judged against the last one, then emitted as changes and
// absences.  What did not change is not emitted.  One thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/core/clock.h"
#include "common/kafka/producer.h"
#include "common/runtime/connector.h"
#include "common/runtime/event_records.h"
#include "common/runtime/runtime_metrics.h"
#include "common/runtime/state_access.h"
#include "common/runtime/stream_reader.h"

namespace shopwire::runtime {

// Serialized texts in order: in memory up to a bound, past it in an unnamed temporary file.  One thread.
class StagedTexts {
 public:
    Status add(const std::string& text);
    // In the order of adding.  `each` returns an error to end.
    Status read(const std::function<Status(std::string)>& each);
    std::size_t count() const { return count_; }

 private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::vector<std::string> memory_{};
    std::size_t memory_bytes_ = 0;
    std::unique_ptr<std::FILE, Close> file_{};
    std::size_t count_ = 0;
};

class SnapshotPass {
 public:
    SnapshotPass(const StreamIdentity& identity, kafka::Producer& producer, StateAccess& state, Clock& clock,
                 RuntimeMetrics& metrics);

    Status begin();  // loads what the last pass left
    Status stage(std::vector<Change> changes, std::int64_t read_started_at_ms);
    // Judges, emits, saves, marks.  kRejected: it would lose too much and nothing was emitted.  A person may accept
    // that up to so many rows are lost.
    Status finish(std::int64_t loss_accepted, std::stop_token stop);
    std::size_t emitted_count() const { return emitted_; }

 private:
    struct Row {
        std::array<char, 16> hash{};
        bool delivered = false;  // what readers have is what the hash says; else it is emitted whatever it is
        bool zero = false;
        bool seen = false;
    };
    using KeyHash = std::array<std::uint64_t, 2>;
    struct HashOfKey {
        std::size_t operator()(const KeyHash& key) const { return static_cast<std::size_t>(key[0]); }
    };

    Status judge(std::int64_t loss_accepted) const;
    Result<std::size_t> count_vanished() const;
    Status emit_changed(std::stop_token stop);
    Status emit_vanished(std::stop_token stop);
    Status flush_chunk(std::stop_token stop);
    Status send_markers(std::stop_token stop);
    bool is_spared(const events::v1::Deleted& gone) const;
    void tell_failed(const std::string& id) const;
    Status set_aside(Change change);
    Status emit_letters(std::stop_token stop);
    std::string row_prefix() const;
    std::string row_key(const events::Event& event) const;

    const StreamIdentity identity_;
    kafka::Producer& producer_;
    StateAccess& state_;
    Clock& clock_;
    RuntimeMetrics& metrics_;
    const std::int64_t started_at_ms_;
    std::unordered_map<KeyHash, Row, HashOfKey> rows_{};
    std::size_t rows_before_ = 0;
    std::size_t lost_ = 0;             // were something, are nothing now
    Drift drift_{};                    // changes that could not be translated: their rows look gone and are not
    std::size_t failed_unknown_ = 0;   // of those: nobody knows which
    std::set<std::string> spared_{};   // keys of the others
    std::set<std::string> locations_{};  // with stock
    StagedTexts staged_{};
    StagedTexts letters_{};  // dead letters: those of a pass that is refused come again with the next one
    std::vector<kafka::Record> chunk_{};
    std::vector<StateWrite> chunk_doubts_{};  // the rows of the chunk while it is under way
    std::vector<StateWrite> chunk_rows_{};    // and once it is delivered
    std::size_t emitted_ = 0;

    static KeyHash hash_of(const std::string& key);
};

}  // namespace shopwire::runtime
