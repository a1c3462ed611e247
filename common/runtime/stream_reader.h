// Moves one stream of one connection into Kafka, page by page.  Progress only after durability: every delivery report,
// then the cursor, then the next page.  One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "common/core/clock.h"
#include "common/kafka/producer.h"
#include "common/runtime/connector.h"
#include "common/runtime/drift.h"
#include "common/runtime/event_records.h"
#include "common/runtime/pass_meter.h"
#include "common/runtime/runtime_metrics.h"
#include "common/runtime/state_access.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::runtime {

class SnapshotPass;

// Who asked: the process that took his wish, and its number there.  No process: nobody.
struct Ticket {
    std::string run{};
    std::uint64_t number = 0;
    bool operator==(const Ticket&) const = default;
};

// A reading for a person.
struct Wanted {
    Ticket ticket{};
    bool full = false;              // from the start of the stream
    std::optional<Cursor> since{};  // or from there
    std::int64_t loss_accepted = 0;  // the snapshot is believed although it loses so many rows
};

struct StreamIdentity {
    std::string merchant{};
    std::string connection{};  // as configured, without the merchant
    std::string system{};
    std::string stream{};
    std::int32_t slot = 0;
    Pass pass = Pass::kIncremental;
    bool told_elsewhere = false;  // see Stream
    std::chrono::milliseconds full_interval{0};  // an incremental stream is read from its start so often; 0: never
    std::function<Result<Cursor>(const Cursor& current)> from_start{};  // see Stream
    double vanished_ratio_max = 0.3;
    int drift_max_percent = 50;
    std::int32_t router_partitions = 1;  // a marker goes to each
};

class StreamReader {
 public:
    // The references outlive the reader.
    StreamReader(StreamIdentity identity, kafka::Producer& producer, StateAccess& state, Clock& clock,
                 RuntimeMetrics& metrics);
    ~StreamReader();

    // Reads one page of `source`.  True: more is waiting.  On an error nothing was skipped: the same page is read
    // again.
    Result<bool> step(Source& source, std::stop_token stop);
    // Gives up a pass that was begun: it starts again, for whom it was for.
    void restart_pass();
    // The same, and it is over for whom it was for: he is told, and what he accepted counts no more.
    void abandon_pass(std::stop_token stop);
    // The next page is the first one of a reading for a person.  What he wants is durable before that page is read, and
    // counts until one pass has come to its end.
    void want(Wanted wanted) { wanted_ = std::move(wanted); }
    // The next reading, whoever does it, begins at the stream's start: that is durable then.  Not for snapshots.
    Status begin_at_start(std::stop_token stop);
    // After the last page: how soon the source wants to be read again.
    std::optional<std::chrono::milliseconds> again_in() const { return again_in_; }

    // What is durable of earlier readings.
    struct Kept {
        std::int64_t last_success_ms = 0;  // when it last reached the end; 0: never
        bool under_way = false;            // a reading that did not
        Cursor cursor{};
        Ticket asked{};  // whom that one is for, or the last one was
    };
    Result<Kept> kept(std::stop_token stop);
    PassProgress progress() const { return meter_.progress(clock_.now_ms()); }

 private:
    Status load(std::stop_token stop);
    Status begin_pass(std::int64_t now_ms, std::stop_token stop);
    Status begin_snapshot(std::int64_t now_ms, std::stop_token stop);
    struct Start {
        Cursor cursor{};
        bool full = false;
    };
    Result<Start> start_of_pass(std::int64_t now_ms) const;
    void set_asked();
    void show_progress();
    Status deliver(std::vector<Change> changes, std::int64_t read_started_at_ms, std::stop_token stop);
    Status take_page(Page page, std::int64_t read_started_at_ms, std::stop_token stop);
    Status save(std::stop_token stop);
    Status save_end(std::stop_token stop);
    void use_up_loss(std::stop_token stop);
    Result<bool> finish_pass(std::stop_token stop);
    std::string cursor_key() const;

    const StreamIdentity identity_;
    kafka::Producer& producer_;
    StateAccess& state_;
    Clock& clock_;
    RuntimeMetrics& metrics_;
    StreamMetrics& stream_metrics_;
    bool loaded_ = false;
    internal::v1::CursorState cursor_{};  // as it is durable, once it is loaded
    std::string next_{};               // of a snapshot, which saves no position
    std::optional<Wanted> wanted_{};  // not durable yet
    std::optional<std::chrono::milliseconds> again_in_{};
    PassMeter meter_{};
    std::unique_ptr<SnapshotPass> pass_{};
    Drift drift_{};  // of the pages of this pass that are delivered
};

}  // namespace shopwire::runtime
