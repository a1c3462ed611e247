#include "services/cli/connect_view.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/http/client.h"

namespace shopwire::cli {
namespace {

std::string text_at(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

std::string authorize_link(const Invitation& invitation) {
    return invitation.shop + "/wc-auth/v1/authorize?" +
           http::query_string({{"app_name", "Shopwire"},
                               {"scope", "read_write"},
                               {"user_id", invitation.state},
                               {"return_url", invitation.shop},
                               {"callback_url", invitation.callback}});
}

Result<Grant> grant_in(const std::string& body, const std::string& state) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return rejected("what was posted is not the shop's JSON");
    if (text_at(json, "user_id") != state) return rejected("it answers somebody else's question");
    Grant grant{.key = text_at(json, "consumer_key"), .secret = Secret(text_at(json, "consumer_secret"))};
    if (!grant.key.starts_with("ck_") || !grant.secret.reveal().starts_with("cs_"))
        return rejected("it has no consumer key and secret");
    if (text_at(json, "key_permissions") != "read_write")
        return rejected("the key may not read and write: allow both when the shop asks");
    return grant;
}

std::string connection_yaml(const std::string& connection, const std::string& shop, const std::string& key_file,
                            const std::string& secret_file) {
    return fmt::format(
        "connections:\n"
        "  {}:\n"
        "    system: woocommerce\n"
        "    settings:\n"
        "      base_url: \"{}\"\n"
        "      consumer_key: \"${{file:{}}}\"\n"
        "      consumer_secret: \"${{file:{}}}\"\n"
        "      webhooks: off  # on, with webhook_secrets, once public_url is set\n",
        connection, shop, key_file, secret_file);
}

}  // namespace shopwire::cli
