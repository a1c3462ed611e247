#include "tests/contract/conformance/stage.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace shopwire::conformance {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPagesMax = 1'000;
constexpr std::size_t kPageMax = 50'000;
constexpr int kRoundsMax = 10;
constexpr std::chrono::milliseconds kWriteSettle{130'000};

std::string key_of(const events::Event& event) {
    return std::to_string(event.body_case()) + " " + events::key_of(event) + " " + event.source().location();
}

}  // namespace

std::int64_t BriskClock::now_ms() const { return system_clock().now_ms() + slept_ns_ / 1'000'000; }
Clock::Monotonic BriskClock::monotonic() const {
    return system_clock().monotonic() + std::chrono::nanoseconds(slept_ns_);
}
bool BriskClock::sleep_for(Duration wait, std::stop_token stop) {
    if (stop.stop_requested()) return false;
    slept_ns_ += wait.count();
    return true;
}

Stage::Stage(const ContractCase& contract)
    : contract_(contract),
      spec_(contract.spec()),
      remote_(contract.remote),
      idle_(create(contract.settings(remote_.address()), idle_parts_)) {
    fresh();
}

void Stage::fresh(const std::string& more_settings) {
    wire_.interfere({});
    remote_.control("reset", "{}");
    connect(more_settings);
    if (contract_.prepare) contract_.prepare(*this);
    wire_.interfere({});
}

void Stage::connect(const std::string& more_settings) {
    wire_.interfere({});
    connector_.reset();
    parts_ = std::make_unique<Parts>();
    Result<runtime::Connector> made = create(contract_.settings(remote_.address()) + more_settings);
    if (!made) throw std::runtime_error(made.error().message);
    connector_ = *std::move(made);
    if (contract_.begin) contract_.begin(*this);
    wire_.interfere({});
}

Stage::Parts::Parts()
    : limiter(http::RateLimiter::create({.per_second = 100'000, .burst = 100'000, .concurrency = 8}, clock)) {}

Result<runtime::Connector> Stage::create(const std::string& yaml, Parts& parts) {
    config::Problems problems;
    const config::Node node = config::Node::parse(yaml, "acme.yaml", problems);
    return spec_.create(node, {.merchant = kMerchant,
                               .connection = kConnection,
                               .clock = parts.clock,
                               .transport = wire_,
                               .limiter = *parts.limiter,
                               .metrics = *parts.metrics});
}

events::Event Stage::completed(events::Event event, std::string_view system) {
    events::v1::Source& source = *event.mutable_source();
    source.set_merchant(kMerchant);
    source.set_connection(kConnection);
    source.set_system(std::string(system));
    source.set_origin(events::v1::ORIGIN_POLL);
    if (source.observed_at_ms() == 0) source.set_observed_at_ms(1);
    return event;
}

std::string Stage::bytes_of(events::Event event) {
    event.mutable_source()->clear_observed_at_ms();
    event.mutable_source()->clear_read_started_at_ms();
    event.mutable_source()->clear_content_hash();
    return event.SerializeAsString();
}

std::string Stage::text_of(const std::string& bytes) {
    events::Event event;
    return event.ParseFromString(bytes) ? event.ShortDebugString() : "not an event";
}

Result<runtime::Page> Stage::page(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    return connector().source->read(stream, from, std::move(stop));
}

Told Stage::read(std::string_view stream, std::stop_token stop, runtime::Cursor cursor) {
    Told told;
    for (std::size_t pages = 0;; ++pages) {
        Result<runtime::Page> page = this->page(stream, cursor, stop);
        if (!page) {
            told.error = page.error();
            return told;
        }
        told.page_max = std::max(told.page_max, page->changes.size());
        for (runtime::Change& change : page->changes) {
            if (!change.event) {
                ++told.failed;
                if (change.raw.empty())
                    told.faults.push_back("a row that failed is not kept: " + change.event.error().message);
                continue;
            }
            const events::Event event = completed(*std::move(change.event), spec_.system);
            if (const Status right = events::check(event); !right) told.faults.push_back(right.error().message);
            ++told.count;
            told.events[key_of(event)] = bytes_of(event);
        }
        if (page->changes.size() > kPageMax) told.faults.push_back("a page over the bound");
        if (page->more && page->next.text == cursor.text) told.faults.push_back("more, from the same cursor");
        if (pages > kPagesMax) told.faults.push_back("a pass without an end");
        told.next = cursor = page->next;
        if (!page->more || !told.faults.empty()) return told;
    }
}

const runtime::ActionRule& Stage::rule(const events::Command& command) const {
    const auto found = std::ranges::find(spec_.actions, command.action_case(), &runtime::ActionRule::action);
    if (found == spec_.actions.end()) throw std::runtime_error("an example of an action that the spec does not have");
    return *found;
}

Result<runtime::Applied> Stage::apply(const events::Command& command, std::stop_token stop) {
    std::vector<Result<runtime::Applied>> answers = connector().sink->apply({&command, 1}, std::move(stop));
    if (answers.size() != 1) throw std::runtime_error("expected an answer per command");
    return std::move(answers.front());
}

Result<runtime::Applied> Stage::settle(const events::Command& command, Result<runtime::Applied> answer) {
    const bool looks_first = rule(command).write == runtime::ActionRule::Write::kCreate;
    for (int round = 0; !answer && round < kRoundsMax; ++round) {
        const ErrorKind kind = answer.error().kind;
        if (kind == ErrorKind::kAuth || kind == ErrorKind::kRejected) return answer;
        // What may still be under way is given its time, as the runtime does.
        const bool in_doubt = kind == ErrorKind::kAmbiguous || kind == ErrorKind::kCancelled;
        parts_->clock.sleep_for(answer.error().retry_after.value_or(in_doubt ? kWriteSettle : 1s * (1 << round)), {});
        if (looks_first && (kind == ErrorKind::kAmbiguous || kind == ErrorKind::kCancelled)) {
            Result<std::optional<runtime::Applied>> found = connector().sink->find(command, {});
            if (!found && found.error().kind == ErrorKind::kAmbiguous) return within("looking it up", found.error());
            if (!found) continue;
            if (*found) return **std::move(found);
        }
        answer = apply(command);
    }
    return answer;
}

runtime::Applied Stage::done(const events::Command& command) {
    Result<runtime::Applied> applied = settle(command, apply(command));
    if (!applied) throw std::runtime_error("preparing: " + applied.error().with_words());
    return *std::move(applied);
}

std::vector<std::string> Stage::holds() {
    std::vector<std::string> lines = contract_.holds(*this);
    std::ranges::sort(lines);
    return lines;
}

}  // namespace shopwire::conformance
