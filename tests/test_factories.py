from provisioning.models import User
from tests.factories import World


def test_the_named_world_is_valid_and_walled(world: World) -> None:
    for user in (world.ann, world.sue, world.bob, world.eve):
        user.full_clean()

    assert set(User.objects.visible_to(world.ann)) == {world.ann, world.sue, world.bob}
    assert set(User.objects.visible_to(world.eve)) == {world.eve}
