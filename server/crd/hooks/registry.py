"""The hooks that are served, in the order of discovery. A new hook is its own file and one line here.

Spec page: https://hl7.org/fhir/us/davinci-crd/hooks.html
"""

from server.crd.hook import Hook
from server.crd.hooks.order_sign import ORDER_SIGN

HOOKS: tuple[Hook, ...] = (ORDER_SIGN,)
