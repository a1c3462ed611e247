// The endpoints of KeyCRM's API that we use: URLs, paging, errors.  Knows nothing of events.  Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/secret.h"
#include "common/http/client.h"
#include "common/json/value.h"
#include "common/metrics/registry.h"

namespace shopwire::keycrm {

constexpr int kPageMax = 50;  // rows of a page, and so ids or SKUs of a filter

// An answer that says something: success, or a refusal in KeyCRM's own JSON that the caller may know what to do about.
struct Answer {
    int status = 200;             // 2xx, 404 or 422
    json::Document body;
    bool declined = false;        // a write that was answered 2xx with {"status":false}
    bool ok() const { return status < 300 && !declined; }
    // Fields that a 422 names: "stocks.3.sku".
    std::vector<std::string> fields() const;
    // The refusal as an error: operation, status, fields; never KeyCRM's text, which may quote what we sent.
    std::unexpected<Error> refused(std::string_view operation) const;
};

struct ListPage {
    json::Document body;
    std::int64_t total = 0;
    bool more = false;
    json::Value rows() const { return body.root().member("data"); }
};

enum class Dictionary : std::uint8_t { kSources, kStatuses };

// Rows by their ids, or by their SKUs.  At most kPageMax, and none with a comma: the filter is a comma list.
struct OfferFilter {
    std::vector<std::string> ids{};
    std::vector<std::string> skus{};
};

class Client {
 public:
    struct Options {
        std::string base_url{};
        Secret api_key{};
        std::chrono::milliseconds timeout{30'000};
        std::string connection{};  // metric label
    };
    // The references outlive the client; `transport` is bare.
    Client(Options options, http::Transport& transport, http::RateLimiter& limiter, metrics::Registry& metrics,
           Clock& clock);

    Result<ListPage> stocks(const OfferFilter& filter, bool by_warehouse, int page, std::stop_token stop);
    Result<ListPage> offers(const OfferFilter& filter, int page, std::stop_token stop);
    // Changed within the bounds, in whole seconds of UTC.
    Result<ListPage> orders_changed(std::int64_t from_s, std::int64_t to_s, std::span<const std::int64_t> sources,
                                    int page, std::stop_token stop);
    Result<ListPage> buyers_changed(std::int64_t from_s, std::int64_t to_s, int page, std::stop_token stop);
    Result<ListPage> orders_by_uuid(const std::string& source_uuid, std::int64_t source, std::stop_token stop);
    Result<ListPage> dictionary(Dictionary which, int page, std::stop_token stop);
    Result<Answer> order(const std::string& id, std::string_view include, std::stop_token stop);
    Result<Answer> buyer(const std::string& id, std::stop_token stop);

    // Writes.  A success shows what was written: its id, of stock {"status":true}; one that does not is kAmbiguous.
    // What makes a new thing leaves before `not_after` or not at all (kRateLimited): the queue for a turn may be long,
    // and nobody knows what another owner of the slot does meanwhile.
    Result<Answer> create_order(std::string body, Clock::Monotonic not_after, std::stop_token stop);
    Result<Answer> create_payment(const std::string& order, std::string body, Clock::Monotonic not_after,
                                  std::stop_token stop);
    Result<Answer> create_expense(const std::string& order, std::string body, Clock::Monotonic not_after,
                                  std::stop_token stop);
    Result<Answer> update_order(const std::string& id, std::string body, std::stop_token stop);
    Result<Answer> update_payment(const std::string& order, const std::string& id, std::string body,
                                  std::stop_token stop);
    Result<Answer> update_stocks(std::string body, std::stop_token stop);

 private:
    http::Request request(std::string_view method, const std::string& path, std::string_view operation) const;
    Result<ListPage> list(http::Request request, int page, std::stop_token stop);
    Result<Answer> create(const std::string& path, std::string_view operation, std::string body,
                          Clock::Monotonic not_after, std::stop_token stop);
    Result<Answer> update(const std::string& path, std::string_view operation, std::string body, std::stop_token stop);
    http::ClientOptions chain_options() const;

    Options options_;
    http::Transport& transport_;
    http::RateLimiter& limiter_;
    metrics::Registry& metrics_;
    Clock& clock_;
    std::unique_ptr<http::Transport> chain_;
};

// "2026-06-01 08:15:00", UTC, as KeyCRM takes times.
std::string keycrm_time(std::int64_t unix_ms);

}  // namespace shopwire::keycrm
