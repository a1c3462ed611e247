// How to reach the Kafka cluster.
#pragma once

#include <map>
#include <string>

#include "common/core/secret.h"

namespace shopwire::kafka {

struct ClientConfig {
    std::string bootstrap = "127.0.0.1:9092";
    std::string client_id = "shopwire";
    std::string security_protocol = "plaintext";  // plaintext, ssl, sasl_plaintext, sasl_ssl
    std::string sasl_mechanism{};
    std::string sasl_username{};
    Secret sasl_password{};
    std::string ssl_ca_location{};
    std::map<std::string, std::string> extra{};  // librdkafka's own names, passed as they are
};

}  // namespace shopwire::kafka
