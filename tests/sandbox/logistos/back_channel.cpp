#include "tests/sandbox/logistos/back_channel.h"

#include <curl/curl.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace sandbox::logistos {
namespace {

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int call(const char* method, const std::string& url, const Store& store, const std::string& body) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), &curl_easy_cleanup};
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers{
        curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all};
    if (!curl || !headers) return 0;
    const std::string user = store.consumer_key + ":" + store.consumer_secret;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl.get(), CURLOPT_USERPWD, user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 10'000L);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    if (curl_easy_perform(curl.get()) != CURLE_OK) return 0;
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

}  // namespace

BackCall write_back(const Store& store, const std::string& order_id, const std::string& status,
                    const std::string& awb) {
    using Json = nlohmann::json;
    const std::string order = normalized_store(store.url) + "/wp-json/wc/v3/orders/" + order_id;
    const Json change{{"status", status}, {"meta_data", {{{"key", "_logistos_awb"}, {"value", awb}}}}};
    const Json note{{"note", "Shipped by Logistos, AWB " + awb}};
    return {.status_of_order = call("PUT", order, store, change.dump()),
            .status_of_note = call("POST", order + "/notes", store, note.dump())};
}

}  // namespace sandbox::logistos
