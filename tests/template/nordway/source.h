// The stream "articles": a snapshot by id, so that rows which change while pages are read do not move.
#pragma once

#include "common/runtime/connector.h"
#include "tests/template/nordway/client.h"

namespace shopwire::nordway {

inline constexpr std::string_view kArticles = "articles";

class Source final : public runtime::Source {
 public:
    explicit Source(std::shared_ptr<Client> client) : client_(std::move(client)) {}
    Result<runtime::Page> read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) override;

 private:
    const std::shared_ptr<Client> client_;  // shared by source, sink and probe of one connection
};

}  // namespace shopwire::nordway
