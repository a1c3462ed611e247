// A shop's own way to give a key: its page /wc-auth/v1/authorize asks the merchant, and the shop posts the key to us
// (https://woocommerce.github.io/woocommerce-rest-api-docs/#rest-api-keys).  Pure functions.
//
// It stands here and not in the connector: it comes before there is a connection, and needs nothing of one.
#pragma once

#include <string>

#include "common/core/error.h"
#include "common/core/secret.h"

namespace shopwire::cli {

struct Invitation {
    std::string shop{};      // "https://shop.example.com"
    std::string callback{};  // where the shop posts the key; https
    std::string state{};     // by which we know our own question again
};
// The page that the merchant opens.
std::string authorize_link(const Invitation& invitation);

struct Grant {
    std::string key{};
    Secret secret{};
};
// What the shop posted.  kRejected: it is not the answer to our question, or not a key that may read and write.
Result<Grant> grant_in(const std::string& body, const std::string& state);

// The part of a merchant's file for this connection.
std::string connection_yaml(const std::string& connection, const std::string& shop, const std::string& key_file,
                            const std::string& secret_file);

}  // namespace shopwire::cli
