#include "tests/sandbox/shop/authorize.h"

#include <curl/curl.h>

#include <array>
#include <expected>
#include <memory>

#include "tests/sandbox/shop/json.h"

namespace sandbox::shop {

namespace {

constexpr std::string_view kAuthorize = "/wc-auth/v1/authorize";
constexpr std::string_view kGranted = "/wc-auth/v1/access_granted";
constexpr std::size_t kKeyDigits = 40;
constexpr long kPostSeconds = 60;

kit::Response page(int status, const std::string& body) {
    kit::Response out = kit::json_response(status, "<!DOCTYPE html><html><body>" + body + "</body></html>");
    out.content_type = "text/html; charset=UTF-8";
    return out;
}

kit::Response refused(const std::string& why) { return page(401, "<p>Error: " + why + ".</p>"); }

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string digits() {
    return (kit::md5_hex(kit::random_token(50)) + kit::md5_hex(kit::random_token(50))).substr(0, kKeyDigits);
}

std::string with_answer(const std::string& url, const std::string& user_id, bool success) {
    return url + (url.find('?') == std::string::npos ? "?" : "&") + "success=" + (success ? "1" : "0") +
           "&user_id=" + kit::url_encode(user_id);
}

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// The status of the answer; 0: there was none.
int post(const ShopConfig& config, const std::string& url, const std::string& body) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, "Content-Type: application/json;charset=UTF-8"), curl_slist_free_all);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kPostSeconds);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, swallow);
    if (!config.webhook_ca_file.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, config.webhook_ca_file.c_str());
    long status = 0;
    if (curl_easy_perform(curl.get()) == CURLE_OK) curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

// The shop's list of keys with one more or less.
template <class Change>
void change_keys(Store& store, const Change& change) {
    const std::scoped_lock lock(store.mutex);
    ShopConfig config = store.config();
    change(config.keys);
    store.set_config(std::move(config));
}

}  // namespace

std::expected<Authorize::Question, std::string> Authorize::read(const kit::Request& request) {
    Question out;
    const std::array<std::pair<const char*, std::string*>, 5> wanted{{{"app_name", &out.application},
                                                                      {"user_id", &out.user_id},
                                                                      {"return_url", &out.return_url},
                                                                      {"callback_url", &out.callback_url},
                                                                      {"scope", &out.scope}}};
    for (const auto& [name, text] : wanted) {
        const auto* value = request.query_value(name);
        if (value == nullptr || value->empty()) return std::unexpected(std::string("Missing parameter ") + name);
        *text = *value;
    }
    if (out.scope != "read" && out.scope != "write" && out.scope != "read_write")
        return std::unexpected("Invalid scope " + escaped(out.scope));
    if (!out.return_url.starts_with("http://") && !out.return_url.starts_with("https://"))
        return std::unexpected("The return_url is not a valid URL");
    if (!out.callback_url.starts_with("https://")) return std::unexpected("The callback_url needs to be over SSL");
    return out;
}

kit::Response Authorize::ask(const Question& question) {
    const std::string nonce = kit::random_token(20);
    {
        const std::scoped_lock lock(mutex_);
        if (asked_.size() >= kMaxQuestions) asked_.erase(asked_.begin());
        asked_[nonce] = question;
    }
    const std::string granted = context_.store.config().home_url + std::string(kGranted) + "?wc_auth_nonce=" + nonce;
    return page(200, "<h1>" + escaped(question.application) + " would like to connect to your store</h1><p>" +
                         escaped(question.scope) + "</p><a href=\"" + escaped(granted) + "\">Approve</a> <a href=\"" +
                         escaped(with_answer(question.return_url, question.user_id, false)) + "\">Deny</a>");
}

kit::Response Authorize::grant(const std::string& nonce) {
    Question question;
    std::int64_t id = 0;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = asked_.find(nonce);
        if (found == asked_.end()) return refused("Invalid nonce verification");
        question = found->second;
        asked_.erase(found);
        id = ++last_id_;
    }
    const ApiKey key{.key = "ck_" + digits(),
                     .secret = "cs_" + digits(),
                     .read = question.scope != "write",
                     .write = question.scope != "read"};
    change_keys(context_.store, [&](std::vector<ApiKey>& keys) { keys.push_back(key); });
    const Json told{{"key_id", id},
                    {"user_id", question.user_id},
                    {"consumer_key", key.key},
                    {"consumer_secret", key.secret},
                    {"key_permissions", question.scope}};
    if (post(context_.store.config(), question.callback_url, told.dump()) != 200) {
        change_keys(context_.store, [&](std::vector<ApiKey>& keys) {
            std::erase_if(keys, [&](const ApiKey& one) { return one.key == key.key; });
        });
        return refused("An error occurred in the request and at the time were unable to send the consumer data");
    }
    kit::Response out = page(302, "");
    out.headers.emplace_back("Location", with_answer(question.return_url, question.user_id, true));
    return out;
}

std::optional<kit::Response> Authorize::handle(const kit::Request& request) {
    if (request.method != "GET") return std::nullopt;
    if (request.path == kGranted) {
        const auto* nonce = request.query_value("wc_auth_nonce");
        return grant(nonce == nullptr ? "" : *nonce);
    }
    if (request.path != kAuthorize) return std::nullopt;
    const auto question = read(request);
    return question ? ask(*question) : refused(question.error());
}

void Authorize::reset() {
    const std::scoped_lock lock(mutex_);
    asked_.clear();
    last_id_ = 0;
}

}  // namespace sandbox::shop
