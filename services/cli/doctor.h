// Examines connections of one merchant: asks their services, the router and Kafka, each once.  One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/cli/admin_client.h"
#include "services/cli/doctor_checks.h"
#include "services/cli/reach.h"

namespace shopwire::cli {

// "acme/shop".
struct ConnectionRef {
    std::string merchant{};
    std::string connection{};
    std::string id() const { return merchant + "/" + connection; }
};
Result<ConnectionRef> connection_ref(const std::string& text);

class Doctor {
 public:
    // Both outlive it.  `since_ms`: whose orders tell which words occur.
    Doctor(const Reach& reach, AdminClient& client, std::string merchant, std::int64_t since_ms)
        : reach_(reach), client_(client), merchant_(std::move(merchant)), since_ms_(since_ms) {}

    std::vector<Finding> look_at(const std::string& connection);
    const Routes& routes();
    const Stored& stored();

 private:
    Examined examine(const std::string& connection, const Terms& seen, bool brief);
    const Examined& brief(const std::string& connection);
    Finding unanswered(const std::string& id, const std::string& why) const;

    const Reach& reach_;
    AdminClient& client_;
    const std::string merchant_;
    const std::int64_t since_ms_;
    std::optional<Routes> routes_{};
    std::optional<Stored> stored_{};
    std::string kafka_problem_{};
    std::map<std::string, Examined> brief_{};  // by connection: a partner is asked once
};

}  // namespace shopwire::cli
