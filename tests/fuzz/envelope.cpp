// Messages: what is read is written, read and written again without a difference.
#include "objects/model/envelope.hpp"

#include "objects/base/error.hpp"
#include "objects/base/printable.hpp"
#include "objects/base/utf8.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {

void envelope(std::string_view text) {
  Envelope read;
  if (refused([&] { read = decode(std::string(text)); })) return;
  const std::string sent = encode(read);
  require(utf8::invalid(sent) == std::string::npos, "what is sent is UTF-8: " + sent);
  try {
    const Envelope again = decode(sent);
    require(again.kind == read.kind && to_json(again) == to_json(read) && encode(again) == sent,
            "a message is read as it was sent: " + sent);
  } catch (const Error& error) {
    throw Violation("what was sent can be read: " + std::string(error.what()) + " in " + sent);
  }
}

}  // namespace caravan::fuzz
