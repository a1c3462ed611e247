// Takes messages that a middleware pushes instead of being read (contract solteq 3.4): one or a batch.  Thread-safe,
// does no I/O.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "common/json/value.h"
#include "common/runtime/connector.h"
#include "services/solteq/client.h"

namespace shopwire::solteq {

// Ids of messages that are durable.  In memory: another instance, or a restart, takes one again, which only repeats an
// event.
class SeenMessages {
 public:
    static constexpr std::size_t kIdsMax = 100'000;
    bool contains(const std::string& id) const;
    void add(const std::vector<std::string>& ids);

 private:
    mutable std::mutex mutex_{};
    std::unordered_set<std::string> ids_{};  // guarded by mutex_, as the next one
    std::deque<std::string> order_{};        // the oldest leaves first
};

class Intake final : public runtime::Intake {
 public:
    explicit Intake(std::shared_ptr<const Room> room) : room_(std::move(room)) {}
    Received receive(const http::ServerRequest& request) override;

 private:
    bool is_authentic(const http::ServerRequest& request) const;
    // The events of one message.  kRejected: "/payload/sku: expected ...".
    Result<std::vector<events::Event>> read(const json::Value& message) const;
    Result<std::vector<events::Event>> read_payload(std::string_view type, const std::string& payload,
                                                    std::int64_t created_at_ms) const;

    const std::shared_ptr<const Room> room_;
    SeenMessages seen_{};
};

// HMAC-SHA256, hexadecimal.
std::string message_signature(std::string_view body, const Secret& secret);

}  // namespace shopwire::solteq
