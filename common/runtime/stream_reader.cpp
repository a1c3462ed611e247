#include "common/runtime/stream_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/events/codec.h"
#include "common/log/log.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/sink_item.h"
#include "common/runtime/snapshot_pass.h"

namespace shopwire::runtime {
namespace {

constexpr std::size_t kPageMax = 10'000;
constexpr Clock::Duration kAgainMin = std::chrono::seconds(1);  // a source that wants to be read again and again

}  // namespace

StreamReader::StreamReader(StreamIdentity identity, kafka::Producer& producer, StateAccess& state, Clock& clock,
                           RuntimeMetrics& metrics)
    : identity_(std::move(identity)),
      producer_(producer),
      state_(state),
      clock_(clock),
      metrics_(metrics),
      stream_metrics_(metrics.stream(connection_id(identity_.merchant, identity_.connection), identity_.stream)) {}

StreamReader::~StreamReader() = default;

std::string StreamReader::cursor_key() const {
    return events::join_key({identity_.merchant, identity_.connection, identity_.stream});
}

Status StreamReader::load(std::stop_token stop) {
    if (cursor_) return {};
    const Result<std::optional<std::string>> text = state_.load_cursor(identity_.slot, cursor_key(), stop);
    if (!text) return std::unexpected(text.error());
    internal::v1::CursorState cursor;
    if (*text && !cursor.ParseFromString(**text)) return rejected("loading a cursor: not a CursorState message");
    cursor_ = std::move(cursor);
    return {};
}

Result<std::int64_t> StreamReader::last_success_ms(std::stop_token stop) {
    if (const Status loaded = load(stop); !loaded) return std::unexpected(loaded.error());
    return identity_.pass == Pass::kSnapshot ? cursor_->last_full_ms() : cursor_->last_success_ms();
}

void StreamReader::restart_pass() {
    pass_.reset();
    next_.reset();
    full_ = false;
    drift_ = {};
}

void StreamReader::read_from_start() {
    if (identity_.pass == Pass::kSnapshot) return;  // each of its passes is a full one
    full_ = true;
    next_ = "";
}

Clock::Duration StreamReader::due_in(Clock::Duration interval) const {
    return again_in_ ? std::min(interval, std::max<Clock::Duration>(*again_in_, kAgainMin)) : interval;
}

Result<bool> StreamReader::step(Source& source, std::stop_token stop) {
    if (const Status loaded = load(stop); !loaded) return std::unexpected(loaded.error());
    const std::int64_t now_ms = clock_.now_ms();
    const bool snapshot = identity_.pass == Pass::kSnapshot;
    if (snapshot && !pass_) {
        pass_ = std::make_unique<SnapshotPass>(identity_, producer_, state_, clock_, metrics_);
        if (const Status begun = pass_->begin(); !begun) {
            restart_pass();
            return std::unexpected(begun.error());
        }
        next_ = "";
    }
    // Until the first reading came to its end there is nothing to repeat.
    if (!snapshot && !full_ && identity_.full_interval.count() > 0 && cursor_->last_full_ms() > 0 &&
        now_ms - cursor_->last_full_ms() >= identity_.full_interval.count()) {
        full_ = true;
        next_ = "";
    }
    crash_point("source.before_read");
    Result<Page> page = source.read(identity_.stream, Cursor{next_.value_or(cursor_->text())}, stop);
    if (!page) return within("reading stream " + identity_.stream, std::move(page).error());
    crash_point("source.after_read");
    again_in_ = page->more ? std::nullopt : page->again_in;
    if (page->changes.size() > kPageMax) {
        return rejected(fmt::format("reading stream {}: a page of {} changes, at most {}", identity_.stream,
                                    page->changes.size(), kPageMax));
    }
    if (snapshot) {
        if (const Status staged = pass_->stage(std::move(page->changes), now_ms); !staged) {
            return std::unexpected(staged.error());
        }
        next_ = std::move(page->next.text);
        return page->more ? Result<bool>(true) : finish_pass(stop);
    }
    if (const Status delivered = deliver(std::move(page->changes), now_ms, stop); !delivered) {
        return std::unexpected(delivered.error());
    }
    const internal::v1::CursorState before = *cursor_;
    cursor_->set_text(std::move(page->next.text));
    if (!page->more && (full_ || cursor_->last_full_ms() == 0)) cursor_->set_last_full_ms(now_ms);
    if (const Status saved = save_cursor(!page->more, stop); !saved) {
        cursor_ = before;
        return std::unexpected(saved.error());
    }
    next_.reset();
    if (!page->more) {
        full_ = false;
        drift_ = {};
    }
    return page->more;
}

// Events and dead letters alike: all delivery reports, or no progress.
Status StreamReader::deliver(std::vector<Change> changes, std::int64_t read_started_at_ms, std::stop_token stop) {
    if (changes.empty()) return {};
    const std::int64_t now_ms = clock_.now_ms();
    const Sighting sighting{.merchant = identity_.merchant,
                            .connection = identity_.connection,
                            .system = identity_.system,
                            .origin = events::v1::ORIGIN_POLL,
                            .observed_at_ms = now_ms,
                            .read_started_at_ms = read_started_at_ms};
    std::vector<kafka::Record> records;
    records.reserve(changes.size());
    Drift drift;
    for (Change& change : changes) {
        ChangeRecord record = to_change_record(std::move(change), sighting, "read", now_ms);
        drift.add(record.status);
        records.push_back(std::move(record.record));
    }
    const std::size_t count = records.size();
    const std::size_t dead_letters = drift.failed;
    drift.add(drift_);
    if (Status judged = drift.judge(identity_.stream, identity_.drift_max_percent); !judged) {
        stream_metrics_.refused->add();
        return judged;
    }
    crash_point("source.before_produce");
    if (const Status sent = producer_.send_all(std::move(records), stop); !sent) {
        return within("delivering stream " + identity_.stream, sent.error());
    }
    crash_point("source.after_delivery");
    drift_ = std::move(drift);
    stream_metrics_.changes->add(static_cast<double>(count - dead_letters));
    metrics_.dead_letters("read").add(static_cast<double>(dead_letters));
    if (dead_letters > 0) {
        log::warning("changes set aside", {{"connection", connection_id(identity_.merchant, identity_.connection)},
                                           {"stream", identity_.stream},
                                           {"count", static_cast<std::int64_t>(dead_letters)}});
    }
    return {};
}

Status StreamReader::save_cursor(bool at_end, std::stop_token stop) {
    const std::int64_t now_ms = clock_.now_ms();
    cursor_->set_saved_at_ms(now_ms);
    if (at_end) cursor_->set_last_success_ms(now_ms);
    crash_point("source.before_cursor_save");
    std::vector<StateWrite> writes;
    writes.push_back({.store = SlotStore::kCursors, .key = cursor_key(), .value = cursor_->SerializeAsString()});
    if (const Status saved = state_.save(identity_.slot, std::move(writes), stop); !saved) {
        return within("saving the cursor of stream " + identity_.stream, saved.error());
    }
    crash_point("source.after_cursor_save");
    if (at_end) stream_metrics_.last_success->set(static_cast<double>(now_ms) / 1000);
    return {};
}

Result<bool> StreamReader::finish_pass(std::stop_token stop) {
    const std::unique_ptr<SnapshotPass> pass = std::move(pass_);
    next_.reset();
    if (const Status finished = pass->finish(stop); !finished) return std::unexpected(finished.error());
    stream_metrics_.changes->add(static_cast<double>(pass->emitted_count()));
    const internal::v1::CursorState before = *cursor_;
    cursor_->set_last_full_ms(clock_.now_ms());
    if (const Status saved = save_cursor(true, stop); !saved) {
        cursor_ = before;
        return std::unexpected(saved.error());
    }
    return false;
}

}  // namespace shopwire::runtime
