#include "common/runtime/stream_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/events/codec.h"
#include "common/log/log.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/sink_item.h"
#include "common/runtime/snapshot_pass.h"

namespace shopwire::runtime {
namespace {

constexpr std::size_t kPageMax = 50'000;
constexpr std::chrono::milliseconds kAgainMin{1'000};  // a source that wants to be read again and again

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
    if (loaded_) return {};
    const Result<std::optional<std::string>> text = state_.load_cursor(identity_.slot, cursor_key(), stop);
    if (!text) return std::unexpected(text.error());
    internal::v1::CursorState cursor;
    if (*text && !cursor.ParseFromString(**text)) return rejected("loading a cursor: not a CursorState message");
    cursor_ = std::move(cursor);
    loaded_ = true;
    return {};
}

Result<StreamReader::Kept> StreamReader::kept(std::stop_token stop) {
    if (const Status loaded = load(stop); !loaded) return std::unexpected(loaded.error());
    const bool snapshot = identity_.pass == Pass::kSnapshot;
    const std::int64_t last_success_ms = snapshot ? cursor_.last_full_ms() : cursor_.last_success_ms();
    // A new owner shows what the one before it did, or nobody would notice a stream that never succeeds again.
    if (last_success_ms > 0) stream_metrics_.last_success->set(static_cast<double>(last_success_ms) / 1000);
    return Kept{.last_success_ms = last_success_ms,
                .under_way = cursor_.pass_began_at_ms() > 0,
                .cursor = {cursor_.text()},
                .asked = {.run = cursor_.asked_run(), .number = cursor_.asked_number()}};
}

void StreamReader::restart_pass() {
    pass_.reset();
    drift_ = {};
}

void StreamReader::abandon_pass(std::stop_token stop) {
    restart_pass();
    wanted_.reset();
    if (cursor_.loss_accepted() != 0) use_up_loss(std::move(stop));
}

// Durable at once, or a restart would believe the next pass too; at the latest with that one's beginning.
void StreamReader::use_up_loss(std::stop_token stop) {
    cursor_.clear_loss_accepted();
    if (const Status saved = save(std::move(stop)); !saved)
        log::warning("that a reading was given up is not noted",
                     {{"connection", connection_id(identity_.merchant, identity_.connection)},
                      {"stream", identity_.stream},
                      {"error", saved.error()}});
}

Status StreamReader::begin_at_start(std::stop_token stop) {
    if (const Status loaded = load(stop); !loaded) return loaded;
    restart_pass();
    want({.full = true});
    return begin_pass(clock_.now_ms(), std::move(stop));
}

Result<bool> StreamReader::step(Source& source, std::stop_token stop) {
    if (const Status loaded = load(stop); !loaded) return std::unexpected(loaded.error());
    const std::int64_t now_ms = clock_.now_ms();
    const bool snapshot = identity_.pass == Pass::kSnapshot;
    const Status begun = snapshot ? begin_snapshot(now_ms, stop) : begin_pass(now_ms, stop);
    if (!begun) return std::unexpected(begun.error());
    crash_point("source.before_read");
    Result<Page> page = source.read(identity_.stream, Cursor{snapshot ? next_ : cursor_.text()}, stop);
    if (!page) return within("reading stream " + identity_.stream, std::move(page).error());
    crash_point("source.after_read");
    again_in_ = page->more ? std::nullopt : page->again_in;
    if (again_in_) again_in_ = std::max(*again_in_, kAgainMin);
    if (page->changes.size() > kPageMax) {
        return rejected(fmt::format("reading stream {}: a page of {} changes, at most {}", identity_.stream,
                                    page->changes.size(), kPageMax));
    }
    const bool more = page->more;
    const std::int64_t rows = page->rows.value_or(static_cast<std::int64_t>(page->changes.size()));
    const std::optional<std::int64_t> left = more ? page->left : 0;
    const std::int64_t rows_before = cursor_.pass_rows();
    cursor_.set_pass_rows(rows_before + rows);
    if (const Status taken = take_page(*std::move(page), now_ms, stop); !taken) {
        cursor_.set_pass_rows(rows_before);
        return std::unexpected(taken.error());
    }
    meter_.add_page(clock_.now_ms(), rows, left);
    if (!more) {
        meter_.end();
        drift_ = {};
    }
    show_progress();
    if (!more && snapshot) return finish_pass(stop);
    return more;
}

// Where a reading that is no continuation begins.
Result<StreamReader::Start> StreamReader::start_of_pass(std::int64_t now_ms) const {
    if (wanted_ && wanted_->since) return Start{.cursor = *wanted_->since, .full = wanted_->since->text.empty()};
    // Until the first reading came to its end there is nothing to repeat.
    const bool first = cursor_.last_full_ms() == 0;
    const bool due = !first && identity_.full_interval.count() > 0 &&
                     now_ms - cursor_.last_full_ms() >= identity_.full_interval.count();
    const Cursor current{cursor_.text()};
    if (!due && !(wanted_ && wanted_->full)) return Start{.cursor = current, .full = first};
    Result<Cursor> start = identity_.from_start ? identity_.from_start(current) : Cursor{};
    if (!start) return within("reading from the start", std::move(start).error());
    return Start{.cursor = *std::move(start), .full = true};
}

// Whom the pass is for that begins now.  One that goes on, or is begun anew after a hiccup, stays whose it was.
void StreamReader::set_asked() {
    if (!wanted_ && cursor_.pass_began_at_ms() > 0) return;
    const Wanted wanted = wanted_.value_or(Wanted{});
    cursor_.set_asked_run(wanted.ticket.run);
    cursor_.set_asked_number(wanted.ticket.number);
    cursor_.set_loss_accepted(wanted.loss_accepted);
}

// A reading that a person wants is durable from its first moment on: he was told that it will be done.
Status StreamReader::begin_pass(std::int64_t now_ms, std::stop_token stop) {
    const internal::v1::CursorState before = cursor_;
    set_asked();
    const bool elsewhere = wanted_ && (wanted_->full || wanted_->since);
    if (elsewhere || before.pass_began_at_ms() == 0) {
        Result<Start> start = start_of_pass(now_ms);
        if (!start) {
            cursor_ = before;
            return std::unexpected(std::move(start).error());
        }
        cursor_.set_text(std::move(start->cursor.text));
        cursor_.set_pass_full(start->full);
        cursor_.set_pass_rows(0);
        cursor_.set_pass_began_at_ms(now_ms);
    }
    if (wanted_) {
        if (const Status saved = save(stop); !saved) {
            cursor_ = before;
            return within("beginning to read stream " + identity_.stream, saved.error());
        }
    }
    const bool is_new = elsewhere || before.pass_began_at_ms() == 0 || !meter_.progress(now_ms).under_way;
    wanted_.reset();
    if (!is_new) return {};
    meter_.begin(now_ms, cursor_.pass_began_at_ms(), cursor_.pass_rows(),
                 cursor_.pass_full() ? cursor_.full_rows() : 0);
    return {};
}

// That it was begun is durable too, so that a restart begins it anew and does not wait until the next one is due.
Status StreamReader::begin_snapshot(std::int64_t now_ms, std::stop_token stop) {
    if (pass_) return {};
    const internal::v1::CursorState before = cursor_;
    set_asked();
    cursor_.set_pass_began_at_ms(now_ms);
    cursor_.set_pass_rows(0);
    auto pass = std::make_unique<SnapshotPass>(identity_, producer_, state_, clock_, metrics_);
    Status begun = save(stop);
    if (begun) begun = pass->begin();
    if (!begun) {
        cursor_ = before;
        return within("beginning to read stream " + identity_.stream, begun.error());
    }
    pass_ = std::move(pass);
    wanted_.reset();
    next_.clear();
    meter_.begin(now_ms, now_ms, 0, cursor_.full_rows());
    return {};
}

void StreamReader::show_progress() {
    const PassProgress progress = meter_.progress(clock_.now_ms());
    stream_metrics_.pass_rows->set(static_cast<double>(progress.done));
    stream_metrics_.pass_rows_expected->set(static_cast<double>(progress.expected));
    stream_metrics_.pass_rate->set(progress.per_second);
    stream_metrics_.pass_left->set(static_cast<double>(progress.left_ms.value_or(0)) / 1000);
}

Status StreamReader::take_page(Page page, std::int64_t read_started_at_ms, std::stop_token stop) {
    if (identity_.pass == Pass::kSnapshot) {
        if (const Status staged = pass_->stage(std::move(page.changes), read_started_at_ms); !staged) return staged;
        next_ = std::move(page.next.text);
        return {};
    }
    if (const Status delivered = deliver(std::move(page.changes), read_started_at_ms, stop); !delivered)
        return delivered;
    const internal::v1::CursorState before = cursor_;
    cursor_.set_text(std::move(page.next.text));
    if (!page.more && cursor_.pass_full()) {
        cursor_.set_last_full_ms(read_started_at_ms);
        cursor_.set_full_rows(cursor_.pass_rows());
    }
    const Status saved = page.more ? save(stop) : save_end(stop);
    if (!saved) cursor_ = before;
    return saved;
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

Status StreamReader::save(std::stop_token stop) {
    cursor_.set_saved_at_ms(clock_.now_ms());
    crash_point("source.before_cursor_save");
    std::vector<StateWrite> writes;
    writes.push_back({.store = SlotStore::kCursors, .key = cursor_key(), .value = cursor_.SerializeAsString()});
    if (const Status saved = state_.save(identity_.slot, std::move(writes), stop); !saved) {
        return within("saving the cursor of stream " + identity_.stream, saved.error());
    }
    crash_point("source.after_cursor_save");
    return {};
}

Status StreamReader::save_end(std::stop_token stop) {
    const std::int64_t now_ms = clock_.now_ms();
    cursor_.set_last_success_ms(now_ms);
    cursor_.clear_pass_began_at_ms();
    cursor_.clear_pass_rows();
    cursor_.clear_pass_full();
    cursor_.clear_loss_accepted();
    if (const Status saved = save(stop); !saved) return saved;
    stream_metrics_.last_success->set(static_cast<double>(now_ms) / 1000);
    return {};
}

Result<bool> StreamReader::finish_pass(std::stop_token stop) {
    const std::unique_ptr<SnapshotPass> pass = std::move(pass_);
    const Status finished = pass->finish(cursor_.loss_accepted(), stop);
    // What was accepted is used up by a pass that was judged, whatever came of it, and by none that broke before that
    // or while it was told.
    if (!finished) {
        if (finished.error().kind == ErrorKind::kRejected) use_up_loss(std::move(stop));
        return std::unexpected(finished.error());
    }
    cursor_.clear_loss_accepted();
    stream_metrics_.changes->add(static_cast<double>(pass->emitted_count()));
    const internal::v1::CursorState before = cursor_;
    cursor_.set_last_full_ms(clock_.now_ms());
    cursor_.set_full_rows(cursor_.pass_rows());
    if (const Status saved = save_end(stop); !saved) {
        cursor_ = before;
        return std::unexpected(saved.error());
    }
    return false;
}

}  // namespace shopwire::runtime
