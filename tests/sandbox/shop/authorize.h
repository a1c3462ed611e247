// The pages on which a merchant, who is signed in already, gives an application a key of its own: /wc-auth/v1/authorize
// asks, /wc-auth/v1/access_granted makes the key and posts it to the application (WooCommerce REST API documentation,
// "Auto generating API keys"). Thread safe.
#pragma once

#include <expected>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

class Authorize {
 public:
    explicit Authorize(Context context) : context_(context) {}

    // None: the request is for another page.
    std::optional<kit::Response> handle(const kit::Request& request);
    void reset();

 private:
    struct Question {
        std::string application;
        std::string user_id;
        std::string return_url;
        std::string callback_url;
        std::string scope;
    };
    static std::expected<Question, std::string> read(const kit::Request& request);
    kit::Response ask(const Question& question);
    kit::Response grant(const std::string& nonce);

    static constexpr std::size_t kMaxQuestions = 100;

    Context context_;
    std::mutex mutex_;
    std::map<std::string, Question> asked_;  // by nonce; each is answered once
    std::int64_t last_id_ = 0;
};

}  // namespace sandbox::shop
